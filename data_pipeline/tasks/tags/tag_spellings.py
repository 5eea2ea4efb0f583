"""Tags as files spell them: the scheme, and letters written in other ways.

    B-PER  I-PER  O     as they should be
    B_PER  b-per  B:PER  letters in lower case, another sign
    PER-B  PER_I        the letter at the end
    B      I            no types

Only the first spelling is known elsewhere; the others are turned into it.
"""

import collections
import re
from collections.abc import Sequence
from typing import NamedTuple

from absl import logging

from data_pipeline.tasks.tags import tag_schemes

# The type of entities whose tags name none.
ENTITY = "entity"

_OUTSIDE = "O"
_LETTER_FIRST = re.compile(r"(?P<letter>[A-Za-z])[\W_](?P<kind>.+)")
_LETTER_LAST = re.compile(r"(?P<kind>.+)[\W_](?P<letter>[A-Za-z])")
_LETTER_ONLY = re.compile(r"(?P<letter>[A-Za-z])(?P<kind>)")
# Share of a file's tags but "O": that may be wrong in such a spelling; or that
# is worth a warning where it looks like one.
_SOME = 0.1


class Spelling(NamedTuple):
    """scheme: one of tag_schemes.SCHEMES.
    usual: by tag of the file, the usual spelling, of those that have another.
    """

    scheme: str
    usual: dict[str, str]


def detect(
    tags_of_sentences: Sequence[Sequence[str]], expected: str | None = None
) -> Spelling:
    """Finds the spelling of a file's tags.

    Args:
        tags_of_sentences: of the file.
        expected: the scheme of the data that a model was trained on; None for
            training data.
    """
    if expected == "none":
        return Spelling("none", {})
    scheme = tag_schemes.detect(tags_of_sentences, expected or "none")
    if scheme != "none":
        return Spelling(scheme, {})
    for pattern in (_LETTER_FIRST, _LETTER_LAST, _LETTER_ONLY):
        usual = _usual(tags_of_sentences, pattern)
        tags = respelled(tags_of_sentences, usual)
        scheme = tag_schemes.detect(tags, expected or "none")
        faults = sum(1 for _ in tag_schemes.check(tags, scheme))
        if scheme != "none" and faults <= _SOME * _count_marked(tags):
            return Spelling(scheme, usual)
    return Spelling(expected or "none", {})


def log(
    path: str,
    tags_of_sentences: Sequence[Sequence[str]],
    spelling: Spelling,
    expected: str | None = None,
) -> None:
    """Says how the tags of a file were read.

    Args:
        path: of the file.
        others: as of `detect`.
    """
    scheme = spelling.scheme
    usual = {t: new for t, new in spelling.usual.items() if new != _OUTSIDE}
    if usual:
        tag = min(usual)
        logging.warning(
            "The tags of %s are spelled in another way than B-PER. It is taken "
            "for granted that %r means %r, and so on; predictions have the "
            "usual spelling.",
            path,
            tag,
            usual[tag],
        )
    if scheme != "none":
        logging.info("The scheme of the tags of %s is %s.", path, scheme)
        if expected not in (None, scheme):
            logging.warning(
                "%s has the scheme %s, the training data %s. Entities are "
                "compared all the same; predictions have the file's scheme.",
                path,
                scheme,
                expected,
            )
        return
    counts = collections.Counter(
        tag for tags in tags_of_sentences for tag in tags
    )
    if set(counts) == {_OUTSIDE}:
        logging.warning("%s has no entity: every tag of it is O.", path)
        return
    logging.info(
        "The tags of %s are plain labels of words, scored by accuracy.", path
    )
    alike = _lookalikes(counts)
    if not alike and _OUTSIDE in counts:
        logging.warning(
            "%s has tags of %r. If the others, such as %s, are types of "
            "entities, write I- before them: words of one type beside each "
            "other are then one entity, and entities are scored.",
            path,
            _OUTSIDE,
            _shown(counts - collections.Counter({_OUTSIDE: counts[_OUTSIDE]})),
        )
    if alike:
        logging.warning(
            "The tags of %s are taken as plain labels, although some look like "
            "the beginnings and ends of entities, such as %s. Entities are "
            "neither checked nor scored. Were they meant, correct the other "
            "tags: a file has one scheme of %s, and %r for other words.",
            path,
            _shown(alike),
            ", ".join(tag_schemes.SCHEMES[:-1]),
            _OUTSIDE,
        )


def respelled(
    tags_of_sentences: Sequence[Sequence[str]], usual: dict[str, str]
) -> list[tuple[str, ...]]:
    """Tags in the usual spelling."""
    return [
        tuple(usual.get(tag, tag) for tag in tags) for tags in tags_of_sentences
    ]


def _usual(
    tags_of_sentences: Sequence[Sequence[str]], pattern: re.Pattern
) -> dict[str, str]:
    """The usual spelling of the tags that have another, of this pattern."""
    usual = {}
    for tag in {tag for tags in tags_of_sentences for tag in tags}:
        match = pattern.fullmatch(tag)
        if tag.upper() == _OUTSIDE:
            usual[tag] = _OUTSIDE
        elif match:
            kind = match["kind"] or ENTITY
            usual[tag] = f"{match['letter'].upper()}-{kind}"
    return {tag: new for tag, new in usual.items() if tag != new}


def _count_marked(tags_of_sentences: Sequence[Sequence[str]]) -> int:
    return sum(tag != _OUTSIDE for tags in tags_of_sentences for tag in tags)


def _lookalikes(counts: collections.Counter[str]) -> collections.Counter[str]:
    """The tags that have a letter of a scheme and a type, in any spelling;
    none if they are few."""
    alike = collections.Counter(
        {tag: count for tag, count in counts.items() if _has_letter(tag)}
    )
    few = _SOME * (counts.total() - counts[_OUTSIDE])
    return alike if alike.total() > few else collections.Counter()


def _shown(counts: collections.Counter[str]) -> str:
    return ", ".join(repr(tag) for tag, _ in counts.most_common(3))


def _has_letter(tag: str) -> bool:
    matches = (p.fullmatch(tag) for p in (_LETTER_FIRST, _LETTER_LAST))
    return any(
        m and m["letter"].upper() in tag_schemes.LETTERS for m in matches
    )
