"""Collects the examples of a step from all replicas."""

from typing import NamedTuple

import tensorflow as tf

from albert_tf import batches

_PART = 4096


class Examples(NamedTuple):
    """The examples of a step, in the order of replicas.

    Attributes:
        embeddings: float32 [G, C, D].
        scores: float32 [G].
        text_ids: int32 [G, C], equal for equal texts.
        is_item: bool [G], false in unused slots.
        places: int32 [N], where this replica's examples are among them.
    """

    embeddings: tf.Tensor
    scores: tf.Tensor
    text_ids: tf.Tensor
    is_item: tf.Tensor
    places: tf.Tensor


def all_examples(embeddings: tf.Tensor, batch: batches.TaskBatch) -> Examples:
    """The examples of all replicas; gradients flow back to the replica that an
    embedding came from.

    Args:
        embeddings: float32 [N, C, D], for the N slots of a replica's batch.
        batch: the replica's batch; a single text has C = 2 embeddings.
    """
    _, texts, size = embeddings.shape
    count = tf.shape(embeddings)[0]
    ids = tf.reshape(batch["text_ids"], [-1, batch["text_ids"].shape[-1]])
    if ids.shape[1] < texts:
        ids = tf.tile(ids, [1, texts])
    own = _replica() * count + tf.range(count)
    # All in one tensor of floats, so that replicas meet once. Floats hold
    # integers below 2^24 exactly, hence numbers of texts in two parts.
    widths = {
        "embeddings": texts * size,
        "scores": 1,
        "high": texts,
        "low": texts,
        "item": 1,
        "place": 1,
    }
    parts = (
        embeddings,
        batch["label"],
        ids // _PART,
        ids % _PART,
        batch["item"] >= 0,
        own,
    )
    whole = tf.concat(
        [
            tf.reshape(tf.cast(part, tf.float32), [-1, width])
            for part, width in zip(parts, widths.values(), strict=True)
        ],
        axis=1,
    )
    found = dict(
        zip(
            widths,
            tf.split(_gathered(whole), [*widths.values()], axis=1),
            strict=True,
        )
    )
    high, low, place = (
        tf.cast(found[name], tf.int32) for name in ("high", "low", "place")
    )
    # Found by value, so that no order of the replicas is assumed.
    same = tf.cast(own[:, None] == tf.transpose(place), tf.int32)
    return Examples(
        tf.reshape(found["embeddings"], [-1, texts, size]),
        found["scores"][:, 0],
        high * _PART + low,
        found["item"][:, 0] > 0,
        tf.argmax(same, axis=1, output_type=tf.int32),
    )


def _replica() -> tf.Tensor:
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tf.constant(0)
    return tf.cast(context.replica_id_in_sync_group, tf.int32)


def _gathered(value: tf.Tensor) -> tf.Tensor:
    """The rows of all replicas' values, [N, ...]."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    found = context.all_gather(value, axis=0)
    return tf.ensure_shape(found, [None, *value.shape[1:]])
