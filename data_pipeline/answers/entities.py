"""Converts a tagger's best labels to tags in a scheme, and to entities."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text.graph import words as words_lib


class Entities(NamedTuple):
    """Which words belong to entities, [words] each.

    begins: bool, whether an entity starts at the word.
    inside: bool, whether the word belongs to an entity.
    kind: string, the type of the entity.
    """

    begins: tf.Tensor
    inside: tf.Tensor
    kind: tf.Tensor


class EntityTags:
    """Converts the best labels to tags in a scheme, and to entities.

    Args:
        labels: C tags, in BIO if there is a scheme.
        scheme: the scheme of the tags.
    """

    def __init__(self, labels: Sequence[str], scheme: str) -> None:
        self._labels = list(labels)
        self._scheme = scheme
        parts = [tag_schemes.parts(label) for label in labels]
        if scheme == "none":
            parts = [("?", "")] * len(parts)
        kinds = sorted({kind for _, kind in parts} | {""})
        self._kinds = tf.constant(kinds)
        self._kind = tf.constant([kinds.index(kind) for _, kind in parts])
        self._is_begin = tf.constant([letter in "BS" for letter, _ in parts])

    def __call__(
        self, best: tf.Tensor, words: tf.RaggedTensor
    ) -> tuple[tf.Tensor, Entities]:
        """Tags, string [words], and entities.

        Args:
            best: int64 [words], the best label of each word.
            words: string [B, None].
        """
        kind = tf.gather(self._kind, best)
        text = words.value_rowids() + 1
        before = tf.where(_before(text) == text, _before(kind), 0)
        after = tf.where(_after(text) == text, _after(kind), 0)
        inside = kind > 0
        begins = inside & (tf.gather(self._is_begin, best) | (kind != before))
        plain = tf.gather(tf.constant(self._labels), best)
        entities = Entities(begins, inside, tf.gather(self._kinds, kind))
        if self._scheme == "none":
            return plain, entities
        # An entity ends if the next word is in no entity, starts one, or
        # belongs to another text.
        flags = {
            "begins": begins,
            "ends": ~_after(inside & ~begins),
            "touches": begins & (kind == before),
            "touched": _after(begins) & (kind == after),
        }
        letters = tf.reshape(
            tf.constant(
                [
                    tag_schemes.letter_of(
                        self._scheme, **dict(zip(flags, values, strict=True))
                    )
                    for values in itertools.product((False, True), repeat=4)
                ]
            ),
            [2] * 4,
        )
        index = tf.stack(
            [tf.cast(x, tf.int32) for x in flags.values()], axis=-1
        )
        letter = tf.gather_nd(letters, index)
        tags = tf.strings.join([letter, entities.kind], "-")
        return tf.where(inside, tags, plain), entities


def _before(values: tf.Tensor) -> tf.Tensor:
    """The value of the word before each word; 0 for the first."""
    return tf.concat([tf.zeros_like(values[:1]), values[:-1]], axis=0)


def _after(values: tf.Tensor) -> tf.Tensor:
    """The value of the word after each word; 0 for the last."""
    return tf.concat([values[1:], tf.zeros_like(values[:1])], axis=0)


def of_texts(
    found: words_lib.Words, entities: Entities, shares: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The entities of each text, under the names that `tags.Tags` answers.

    Args:
        found: the words of the texts.
        entities: the words that belong to entities.
        shares: float32 [words], at each entity's last word its probability.
    """
    begins, inside, kind = entities
    words = tf.where(inside)[:, 0]
    number = tf.cumsum(tf.cast(begins, tf.int32)) - 1
    of = tf.gather(number, words)
    count = tf.reduce_sum(tf.cast(begins, tf.int32))
    first = tf.where(begins)[:, 0]
    text = tf.gather(found.words.value_rowids(), first)
    starts = tf.gather(found.starts, first)
    last = tf.math.unsorted_segment_max(words, of, count)
    ends = tf.gather(found.ends, last)
    texts = tf.strings.substr(
        tf.gather(found.texts, text), starts, ends - starts, "UTF8_CHAR"
    )
    values = {
        "entities": (texts, ""),
        "types": (tf.gather(kind, first), ""),
        "starts": (starts, -1),
        "ends": (ends, -1),
        "probabilities": (tf.gather(shares, last), 0.0),
    }
    return {
        name: tf.RaggedTensor.from_value_rowids(
            value, text, nrows=found.words.nrows()
        ).to_tensor(fill)
        for name, (value, fill) in values.items()
    }
