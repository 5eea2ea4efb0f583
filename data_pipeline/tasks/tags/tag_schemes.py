"""Tagging schemes, which mark where entities start and end.

    words   Ms   Lee  Wei  met  Ng     Li  in  Oslo
    BIO     O    B-P  I-P  O    B-P    B-P O   B-L
    IOB1    O    I-P  I-P  O    I-P    B-P O   I-L   B where entities touch
    IOE1    O    I-P  I-P  O    E-P    I-P O   I-L   E where entities touch
    IOE2    O    I-P  E-P  O    E-P    E-P O   E-L
    BIOES   O    B-P  E-P  O    S-P    S-P O   S-L
    BMES    like BIOES, with M for I
    BILOU   like BIOES, with L for E and U for S; also called BILUO
    BMEWO   like BMES, with W for S

The scheme "none" stands for labels of single words, such as parts of speech.
"""

import collections
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple


class _Letters(NamedTuple):
    """Letters for the first, inner, last and only word of an entity."""

    first: str
    inside: str
    last: str
    only: str


_FOUR_LETTERS = {
    "BIOES": _Letters("B", "I", "E", "S"),
    "BMES": _Letters("B", "M", "E", "S"),
    "BILOU": _Letters("B", "I", "L", "U"),
    "BMEWO": _Letters("B", "M", "E", "W"),
}
_LETTERS = {
    "BIO": "BI",
    "IOB1": "BI",
    "IOE1": "IE",
    "IOE2": "IE",
    **{scheme: "".join(letters) for scheme, letters in _FOUR_LETTERS.items()},
}
SCHEMES = (*_LETTERS, "none")
LETTERS = frozenset("".join(_LETTERS.values()))

_OUTSIDE = "O"
# Letters that always end an entity, and those that always start one.
_ENDS = "ELSUW"
_STARTS = "BSUW"
# Share of a file's tags that may be invalid if none of them is "O".
_FEW = 0.1


def detect(
    tags_of_sentences: Iterable[Sequence[str]], expected: str = "none"
) -> str:
    """Detects the scheme of a file's tags.

    It is the scheme with the fewest invalid or misplaced tags; among equal
    ones `expected`, then the first. It is "none" if all tags are "O", or if too
    many other tags are not a letter of the scheme, a hyphen and a type: half
    of them, or, in files without "O", more than a tenth. An exception is a
    single invalid tag that outnumbers the rest, which is another way to write
    "O".

    Args:
        tags_of_sentences: the tags of each sentence.
        expected: the scheme that they probably have.
    Returns:
        One of SCHEMES.
    """
    counts: collections.Counter[str] = collections.Counter()
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    for tags in tags_of_sentences:
        counts.update(tags)
        pairs.update(zip((_OUTSIDE, *tags), (*tags, _OUTSIDE), strict=True))

    def faults(scheme: str) -> tuple[int, int]:
        foreign = sum(n for tag, n in counts.items() if not fits(tag, scheme))
        misplaced = sum(n for pair, n in pairs.items() if breaks(*pair, scheme))
        # A misplaced tag breaks with the tag before and the tag after it.
        return 2 * foreign + misplaced, foreign

    schemes = sorted(_LETTERS, key=lambda scheme: scheme != expected)
    found = min(schemes, key=faults)
    return found if _are_mostly(counts, found) else "none"


def check(
    tags_of_sentences: Iterable[Sequence[str]], scheme: str
) -> Iterator[tuple[int, int, str]]:
    """Yields each invalid or misplaced tag of a scheme.

    Yields:
        The number of the sentence and of the word in it, from 0, and a
        sentence that says what is wrong.
    """
    if scheme == "none":
        return
    for sentence, tags in enumerate(tags_of_sentences):
        previous = _OUTSIDE
        for word, tag in enumerate([*tags, _OUTSIDE]):
            if not fits(tag, scheme):
                yield sentence, word, f"{tag} is not a tag of {scheme}."
            elif breaks(previous, tag, scheme):
                if word == len(tags):
                    yield sentence, word - 1, f"{previous} ends the sentence."
                elif word == 0:
                    yield sentence, word, f"{tag} starts the sentence."
                else:
                    yield sentence, word, f"{tag} follows {previous}."
            previous = tag


def fits(tag: str, scheme: str) -> bool:
    """Whether a tag is "O" or has a letter of the scheme and a type."""
    return (
        scheme == "none" or tag == _OUTSIDE or parts(tag)[0] in _LETTERS[scheme]
    )


def to_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """Converts tags of a scheme to BIO.

    Misplaced tags are read as in conlleval and seqeval: an entity without a
    start starts at its first tag, and an entity without an end ends before the
    next tag of another type. Invalid tags become "O".
    """
    if scheme == "none":
        return list(tags)
    tags = [tag if fits(tag, scheme) else _OUTSIDE for tag in tags]
    return [
        f"{'B' if begins else 'I'}-{parts(tag)[1]}" if tag != _OUTSIDE else tag
        for tag, begins in zip(tags, _starts(tags), strict=True)
    ]


def from_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """Converts BIO tags to another scheme."""
    if scheme == "none":
        return list(tags)
    starts = [*_starts(tags), True]
    kinds = ["", *(parts(tag)[1] for tag in tags), ""]
    result = []
    for word, tag in enumerate(tags):
        before, kind, after = kinds[word : word + 3]
        if not kind:
            result.append(tag)
            continue
        ends = starts[word + 1] or not after
        letter = letter_of(
            scheme,
            begins=starts[word],
            ends=ends,
            touches=kind == before,
            touched=kind == after,
        )
        result.append(f"{letter}-{kind}")
    return result


def letter_of(
    scheme: str, *, begins: bool, ends: bool, touches: bool, touched: bool
) -> str:
    """The letter for a word of an entity.

    Args:
        scheme: one of SCHEMES other than "none".
        begins, ends: whether the entity starts or ends with this word.
        touches, touched: whether the word before, or the word after, has the
            same type.
    """
    if scheme == "BIO":
        return "B" if begins else "I"
    if scheme == "IOB1":
        return "B" if begins and touches else "I"
    if scheme == "IOE1":
        return "E" if ends and touched else "I"
    if scheme == "IOE2":
        return "E" if ends else "I"
    letters = _FOUR_LETTERS[scheme]
    if begins:
        return letters.only if ends else letters.first
    return letters.last if ends else letters.inside


def parts(tag: str) -> tuple[str, str]:
    """The letter and the type of a tag; ("?", "") for "O" and plain labels."""
    letter, hyphen, kind = tag.partition("-")
    return (letter, kind) if len(letter) == 1 and kind else ("?", "")


def _are_mostly(counts: collections.Counter[str], scheme: str) -> bool:
    """Whether most tags are those of a scheme, given their counts."""
    total = counts.total() - counts[_OUTSIDE]
    unfit = [n for tag, n in counts.items() if not fits(tag, scheme)]
    wrong = sum(unfit)
    if wrong == total:
        return False
    return (
        wrong <= _FEW * total
        or (counts[_OUTSIDE] > 0 and 2 * wrong < total)
        or (len(unfit) == 1 and 2 * wrong > total)
    )


def begins(previous: str, tag: str) -> bool:
    """Whether a tag starts an entity, given the tag before it."""
    return _starts([previous, tag])[1]


def _starts(tags: Sequence[str]) -> list[bool]:
    """Whether an entity starts at each word."""
    starts = []
    letter_before, kind_before = "?", ""
    for tag in tags:
        letter, kind = parts(tag)
        ended = letter_before in _ENDS or kind != kind_before
        starts.append(bool(kind) and (letter in _STARTS or ended))
        letter_before, kind_before = letter, kind
    return starts


def breaks(previous: str, tag: str, scheme: str) -> bool:
    """Whether a tag may not follow the one before it.

    Args:
        previous, tag: tags; "O" also stands for the ends of a sentence.
        scheme: one of SCHEMES other than "none".
    """
    (before, kind_before), (letter, kind) = parts(previous), parts(tag)
    if scheme == "BIO":
        return letter == "I" and kind != kind_before
    if scheme == "IOB1":
        return letter == "B" and kind != kind_before
    if scheme == "IOE1":
        return before == "E" and kind != kind_before
    if scheme == "IOE2":
        return before == "I" and kind != kind_before
    letters = _FOUR_LETTERS[scheme]
    is_open = before in (letters.first, letters.inside)
    if letter in (letters.inside, letters.last):
        return not is_open or kind != kind_before
    return is_open
