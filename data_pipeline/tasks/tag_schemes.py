"""How tags mark where an entity begins and ends, and from one way to another.

    words   Ms   Lee  Wei  met  Ng     Li  in  Oslo
    BIO     O    B-P  I-P  O    B-P    B-P O   B-L
    IOB1    O    I-P  I-P  O    I-P    B-P O   I-L   B where entities touch
    BIOES   O    B-P  E-P  O    S-P    S-P O   S-L
    BMES    the same, with M for I

"none" are labels of single words, such as parts of speech.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

SCHEMES = ("BIO", "IOB1", "BIOES", "BMES", "none")

_LETTERS = {"BIO": "BI", "IOB1": "BI", "BIOES": "BIES", "BMES": "BMES"}
_OUTSIDE = "O"


def detect(tags_of_sentences: Iterable[Sequence[str]]) -> str:
    """The scheme of tags, one of SCHEMES.

    Every tag but "O" must be a letter of the scheme, a hyphen and a type;
    otherwise, and where nothing but "O" is seen, it is "none". With the
    letters B and I alone, what most entities begin with that do not touch one
    of their type decides: B in BIO, I in IOB1. Errors in a file are few.
    """
    letters = set()
    begun = {"B": 0, "I": 0}  # entities that do not touch one of their type
    for tags in tags_of_sentences:
        before = ""
        for tag in tags:
            letter, kind = parts(tag)
            if tag != _OUTSIDE:
                letters.add(letter)
                if letter in begun and kind != before:
                    begun[letter] += 1
            before = kind
    if not letters:
        return "none"
    if letters <= set("BI"):
        return "IOB1" if begun["I"] > begun["B"] else "BIO"
    for scheme in ("BIOES", "BMES"):
        if letters <= set(_LETTERS[scheme]):
            return scheme
    return "none"


def check(
    tags_of_sentences: Iterable[Sequence[str]], scheme: str
) -> Iterator[tuple[int, int, str]]:
    """Yields (sentence, word, what is wrong), numbers from 0, for each tag
    that the scheme has no place for."""
    if scheme == "none":
        return
    for sentence, tags in enumerate(tags_of_sentences):
        previous = _OUTSIDE
        for word, tag in enumerate([*tags, _OUTSIDE]):
            if not fits(tag, scheme):
                yield sentence, word, f"{tag} is no tag of {scheme}."
            elif _breaks(previous, tag, scheme):
                if word == len(tags):
                    yield sentence, word - 1, f"{previous} ends the sentence."
                elif word == 0:
                    yield sentence, word, f"{tag} begins the sentence."
                else:
                    yield sentence, word, f"{tag} follows {previous}."
            previous = tag


def fits(tag: str, scheme: str) -> bool:
    """Whether a tag has the form of a scheme's."""
    return (
        scheme == "none" or tag == _OUTSIDE or parts(tag)[0] in _LETTERS[scheme]
    )


def to_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """The same entities as BIO.

    Tags that break the scheme are read as conlleval and seqeval do: an entity
    that nothing begins begins where it is first seen, one that nothing ends
    ends before the next tag of another kind.
    """
    if scheme == "none":
        return list(tags)
    result = []
    for tag, begins in zip(tags, _starts(tags), strict=True):
        kind = parts(tag)[1]
        result.append(f"{'B' if begins else 'I'}-{kind}" if kind else tag)
    return result


def from_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """The same entities in another scheme; tags are BIO."""
    if scheme == "none":
        return list(tags)
    starts = [*_starts(tags), True]
    result = []
    before = ""
    for word, tag in enumerate(tags):
        kind = parts(tag)[1]
        if not kind:
            result.append(tag)
        else:
            after = parts(tags[word + 1])[1] if word + 1 < len(tags) else ""
            letter = letter_of(
                scheme,
                begins=starts[word],
                ends=starts[word + 1] or not after,
                touches=kind == before,
            )
            result.append(f"{letter}-{kind}")
        before = kind
    return result


def parts(tag: str) -> tuple[str, str]:
    """Letter and type; no letter ("?") and no type for plain labels and O."""
    letter, hyphen, kind = tag.partition("-")
    return (letter, kind) if len(letter) == 1 and kind else ("?", "")


def _starts(tags: Sequence[str]) -> list[bool]:
    """Whether an entity begins at each word."""
    starts = []
    letter_before, kind_before = "?", ""
    for tag in tags:
        letter, kind = parts(tag)
        ended = letter_before in "ES" or kind != kind_before
        starts.append(bool(kind) and (letter in "BS" or ended))
        letter_before, kind_before = letter, kind
    return starts


def letter_of(scheme: str, *, begins: bool, ends: bool, touches: bool) -> str:
    """The letter of a word that begins or ends an entity; touches: the word
    before is of the same type."""
    if scheme == "BIO":
        return "B" if begins else "I"
    if scheme == "IOB1":
        return "B" if begins and touches else "I"
    if begins:
        return "S" if ends else "B"
    return "E" if ends else _LETTERS[scheme][1]


def _breaks(previous: str, tag: str, scheme: str) -> bool:
    """Whether a tag may not follow the one before it."""
    (before, kind_before), (letter, kind) = parts(previous), parts(tag)
    if scheme == "BIO":
        return letter == "I" and kind != kind_before
    if scheme == "IOB1":
        return letter == "B" and kind != kind_before
    open_before = before in "BIM"
    if letter in "IME":
        return not open_before or kind != kind_before
    return open_before
