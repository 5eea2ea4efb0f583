"""Detects how a file spells its tags, and converts them to the usual spelling.

    B-PER  I-PER  O      the usual spelling
    B_PER  b-per  B:PER  lower-case letters, another separator
    PER-B  PER_I         the letter at the end
    B      I             no types

Other modules only know the usual spelling.
"""

import collections
import re
from collections.abc import Sequence
from typing import NamedTuple

from absl import logging

from data_pipeline.tasks.tags import tag_schemes

# The type of entities whose tags have no type.
ENTITY = "entity"

_OUTSIDE = "O"
_LETTER_FIRST = re.compile(r"(?P<letter>[A-Za-z])[\W_](?P<kind>.+)")
_LETTER_LAST = re.compile(r"(?P<kind>.+)[\W_](?P<letter>[A-Za-z])")
_LETTER_ONLY = re.compile(r"(?P<letter>[A-Za-z])(?P<kind>)")
# Share of a file's tags other than "O" that may be invalid in an unusual
# spelling, or that must resemble a scheme's to be worth a warning.
_SOME = 0.1


class Spelling(NamedTuple):
    """The spelling of a file's tags.

    scheme: one of tag_schemes.SCHEMES.
    usual: the usual spelling of each tag that has another one in the file.
    """

    scheme: str
    usual: dict[str, str]


def detect(
    tags_of_sentences: Sequence[Sequence[str]], expected: str | None = None
) -> Spelling:
    """Detects the spelling of a file's tags.

    Args:
        tags_of_sentences: the tags of each sentence.
        expected: the scheme of the data that the model was trained on; None
            for training data.
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
    """Logs how the tags of a file were read.

    Args:
        path: path of the file.
        tags_of_sentences, expected: as in `detect`.
        spelling: the detected spelling.
    """
    scheme = spelling.scheme
    usual = {t: new for t, new in spelling.usual.items() if new != _OUTSIDE}
    if usual:
        tag = min(usual)
        logging.warning(
            "The tags in %s are not spelled like B-PER. %r is read as %r, and "
            "so on; predictions have the usual spelling.",
            path,
            tag,
            usual[tag],
        )
    if scheme != "none":
        logging.info("The tags in %s follow the scheme %s.", path, scheme)
        if expected not in (None, scheme):
            logging.warning(
                "%s has the scheme %s, but the training data had %s. Entities "
                "can be compared; predictions have the file's scheme.",
                path,
                scheme,
                expected,
            )
        return
    counts = collections.Counter(
        tag for tags in tags_of_sentences for tag in tags
    )
    if set(counts) == {_OUTSIDE}:
        logging.warning("%s has no entities: all of its tags are O.", path)
        return
    logging.info(
        "The tags in %s are plain labels of words, scored by accuracy.", path
    )
    alike = _lookalikes(counts)
    if not alike and _OUTSIDE in counts:
        logging.warning(
            "%s has the tag %r. If other tags, such as %s, are types of "
            "entities, put I- before them: adjacent words of one type are then "
            "one entity, and entities are scored.",
            path,
            _OUTSIDE,
            _shown(counts - collections.Counter({_OUTSIDE: counts[_OUTSIDE]})),
        )
    if alike:
        logging.warning(
            "The tags in %s are taken as plain labels, although some, such as "
            "%s, look like starts and ends of entities. Entities are neither "
            "checked nor scored. If they are meant, correct the other tags: a "
            "file must have one scheme out of %s, and %r for other words.",
            path,
            _shown(alike),
            ", ".join(tag_schemes.SCHEMES[:-1]),
            _OUTSIDE,
        )


def respelled(
    tags_of_sentences: Sequence[Sequence[str]], usual: dict[str, str]
) -> list[tuple[str, ...]]:
    """The tags in their usual spelling."""
    return [
        tuple(usual.get(tag, tag) for tag in tags) for tags in tags_of_sentences
    ]


def _usual(
    tags_of_sentences: Sequence[Sequence[str]], pattern: re.Pattern
) -> dict[str, str]:
    """The usual spelling of the tags that are spelled by this pattern."""
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
    """The tags with a letter of a scheme and a type, in any spelling.

    Empty if they are only a small share of the tags.
    """
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
