"""Converts texts with spans of entities to tagged words, and back.

    text    "Ms Lee met 李偉."   entities  (3, 6, "P"), (11, 13, "P")
    words    Ms Lee met 李  偉  .
    tags     O  B-P O   B-P I-P O

Texts are split into words as in exported models; see data_pipeline.text.graph.
"""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple

from data_pipeline.tasks.readers import cells

# The first character, and the character after the last.
Place = tuple[int, int]

# Number of texts that are split at once.
_CHUNK = 1000


class Entity(NamedTuple):
    """An entity in a text.

    start, end: its first character, and the character after its last.
    kind: its type.
    """

    start: int
    end: int
    kind: str


def places(texts: Sequence[str]) -> Iterator[tuple[Place, ...]]:
    """Yields the positions of the words of each text."""
    # TensorFlow takes seconds to import, and other data does not need it.
    import tensorflow as tf

    from data_pipeline.text.graph import words as words_lib

    for first in range(0, len(texts), _CHUNK):
        chunk = texts[first : first + _CHUNK]
        found = words_lib.split(tf.constant(chunk))
        pairs = zip(
            found.starts.numpy().tolist(),
            found.ends.numpy().tolist(),
            strict=True,
        )
        for count in found.words.row_lengths().numpy():
            yield tuple(itertools.islice(pairs, int(count)))


def tags(
    text: str, words: Sequence[Place], entities: Iterable[Entity]
) -> list[str]:
    """The BIO tags of the words of a text.

    Args:
        text: the text.
        words: the positions of its words.
        entities: its entities.
    Raises:
        cells.BadRow: an entity lies outside the text, overlaps another, or
            starts or ends inside a word.
    """
    first = {start: number for number, (start, _) in enumerate(words)}
    last = {end: number for number, (_, end) in enumerate(words)}
    found = ["O"] * len(words)
    before = 0
    for entity in sorted(set(entities)):
        start, end, kind = _trimmed(text, entity)
        if start < before:
            raise cells.BadRow(
                "Entities must not overlap, since each word has one tag.",
                _shown(text, entity),
            )
        if start not in first or end not in last:
            cut = next(
                text[a:b] for a, b in words if a < start < b or a < end < b
            )
            raise cells.BadRow(
                "Entities must not start or end inside a word such as "
                f"{cut!r}; an end is the character after the last one.",
                _shown(text, entity),
            )
        found[first[start]] = f"B-{kind}"
        for word in range(first[start] + 1, last[end] + 1):
            found[word] = f"I-{kind}"
        before = end
    return found


def entities(words: Sequence[Place], bio: Sequence[str]) -> list[Entity]:
    """The entities that BIO tags mark.

    Args:
        words: the positions of the words.
        bio: their tags, in which each I-X follows a B-X or an I-X.
    """
    found: list[Entity] = []
    for (start, end), tag in zip(words, bio, strict=True):
        letter, _, kind = tag.partition("-")
        if letter == "I":
            found[-1] = found[-1]._replace(end=end)
        elif kind:
            found.append(Entity(start, end, kind))
    return found


def _trimmed(text: str, entity: Entity) -> Entity:
    """The entity without leading and trailing white space."""
    if not 0 <= entity.start < entity.end <= len(text):
        raise cells.BadRow(
            "Each entity must have a start from 0 and an end after it, in a "
            f"text of {len(text)} characters.",
            tuple(entity),
        )
    own = text[entity.start : entity.end]
    if not own.strip():
        raise cells.BadRow("Each entity must contain a word.", tuple(entity))
    return entity._replace(
        start=entity.end - len(own.lstrip()),
        end=entity.start + len(own.rstrip()),
    )


def _shown(text: str, entity: Entity) -> tuple:
    return (text[entity.start : entity.end], *entity)
