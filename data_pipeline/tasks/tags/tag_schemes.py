"""How tags mark where an entity begins and ends, and from one way to another.

    words   Ms   Lee  Wei  met  Ng     Li  in  Oslo
    BIO     O    B-P  I-P  O    B-P    B-P O   B-L
    IOB1    O    I-P  I-P  O    I-P    B-P O   I-L   B where entities touch
    IOE1    O    I-P  I-P  O    E-P    I-P O   I-L   E where entities touch
    IOE2    O    I-P  E-P  O    E-P    E-P O   E-L
    BIOES   O    B-P  E-P  O    S-P    S-P O   S-L
    BMES    the same, with M for I
    BILOU   the same as BIOES, with L for E and U for S; also called BILUO
    BMEWO   the same as BMES, with W for S

"none" are labels of single words, such as parts of speech.
"""

import collections
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

# First, inside, last and only word of an entity, where a scheme tells these.
_LETTERS = {
    "BIO": "BI",
    "IOB1": "BI",
    "IOE1": "IE",
    "IOE2": "IE",
    "BIOES": "BIES",
    "BMES": "BMES",
    "BILOU": "BILU",
    "BMEWO": "BMEW",
}
SCHEMES = (*_LETTERS, "none")
LETTERS = frozenset("".join(_LETTERS.values()))

_OUTSIDE = "O"
_ENDS = "ELSUW"
_BEGINS = "BSUW"
# Share of the tags but "O" that may be wrong in a file without any "O".
_FEW = 0.1


def detect(
    tags_of_sentences: Iterable[Sequence[str]], expected: str = "none"
) -> str:
    """The scheme of tags, one of SCHEMES.

    It is the one with the fewest tags that it does not have or has no place
    for; of equal ones `expected`, then the first. It is "none" where nothing
    but "O" is seen, or where too many other tags are not a letter of the
    scheme, a hyphen and a type: half of them, or where no word is "O" more
    than a tenth. A single such tag may outnumber the rest: it is "O", written
    in another way.

    Args:
        tags_of_sentences: of a file.
        expected: a scheme that they probably have.
    """
    counts: collections.Counter[str] = collections.Counter()
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    for tags in tags_of_sentences:
        counts.update(tags)
        pairs.update(zip((_OUTSIDE, *tags), (*tags, _OUTSIDE), strict=True))

    def faults(scheme: str) -> tuple[int, int]:
        foreign = sum(n for tag, n in counts.items() if not fits(tag, scheme))
        misplaced = sum(
            n for pair, n in pairs.items() if _breaks(*pair, scheme)
        )
        # A tag out of place breaks with the one before and the one behind.
        return 2 * foreign + misplaced, foreign

    schemes = sorted(_LETTERS, key=lambda scheme: scheme != expected)
    found = min(schemes, key=faults)
    return found if _are_mostly(counts, found) else "none"


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
    ends before the next tag of another kind. Tags that the scheme does not
    have are "O".
    """
    if scheme == "none":
        return list(tags)
    tags = [tag if fits(tag, scheme) else _OUTSIDE for tag in tags]
    return [
        f"{'B' if begins else 'I'}-{parts(tag)[1]}" if tag != _OUTSIDE else tag
        for tag, begins in zip(tags, _starts(tags), strict=True)
    ]


def from_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """The same entities in another scheme; tags are BIO."""
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
    """The letter of a word that begins or ends an entity.

    Args:
        scheme: one of SCHEMES but "none".
        begins, ends: whether an entity does with this word.
        touches, touched: whether the word before, the word behind is of the
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
    first, inside, last, only = _LETTERS[scheme]
    if begins:
        return only if ends else first
    return last if ends else inside


def parts(tag: str) -> tuple[str, str]:
    """Letter and type; no letter ("?") and no type for plain labels and O."""
    letter, hyphen, kind = tag.partition("-")
    return (letter, kind) if len(letter) == 1 and kind else ("?", "")


def _are_mostly(counts: collections.Counter[str], scheme: str) -> bool:
    """Whether tags, by how often they come, are those of a scheme."""
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


def _starts(tags: Sequence[str]) -> list[bool]:
    """Whether an entity begins at each word."""
    starts = []
    letter_before, kind_before = "?", ""
    for tag in tags:
        letter, kind = parts(tag)
        ended = letter_before in _ENDS or kind != kind_before
        starts.append(bool(kind) and (letter in _BEGINS or ended))
        letter_before, kind_before = letter, kind
    return starts


def _breaks(previous: str, tag: str, scheme: str) -> bool:
    """Whether a tag may not follow the one before it."""
    (before, kind_before), (letter, kind) = parts(previous), parts(tag)
    if scheme == "BIO":
        return letter == "I" and kind != kind_before
    if scheme == "IOB1":
        return letter == "B" and kind != kind_before
    if scheme == "IOE1":
        return before == "E" and kind != kind_before
    if scheme == "IOE2":
        return before == "I" and kind != kind_before
    first, inside, last, _ = _LETTERS[scheme]
    is_open = before in (first, inside)
    if letter in (inside, last):
        return not is_open or kind != kind_before
    return is_open
