"""The texts to write in batches: a row for each item, or packed."""

import tensorflow as tf


def arrays(
    targets: tf.RaggedTensor,
    items: tf.Tensor,
    length: int | tf.Tensor,
) -> dict[str, tf.Tensor]:
    """The arrays of `contract.TARGETS`, or of `contract.PACKED_TARGETS`.

    Args:
        targets: int32 [I, tokens], those of all items.
        items: int32 [B], or [B, K] for packed rows, -1 in unused slots.
        length: T.
    """
    if items.shape.rank == 2:
        return _packed(targets, items, length)
    found = tf.gather(targets, tf.maximum(items, 0))
    shape = tf.stack([items.shape[0], length])
    is_item = tf.cast(items >= 0, tf.int32)[:, tf.newaxis]
    one = found.with_values(tf.ones_like(found.values))
    return {
        "target_ids": _dense(found, shape) * is_item,
        "target_mask": _dense(one, shape) * is_item,
    }


def _packed(
    targets: tf.RaggedTensor, items: tf.Tensor, length: int | tf.Tensor
) -> dict[str, tf.Tensor]:
    is_item = items >= 0
    slots = tf.range(items.shape[1]) + tf.zeros_like(items)
    rows = tf.range(items.shape[0])[:, tf.newaxis] + tf.zeros_like(items)
    of_slots = tf.gather(targets, tf.boolean_mask(items, is_item))
    tokens = tf.cast(of_slots.row_lengths(), tf.int32)
    per_row = tf.math.unsorted_segment_sum(
        tokens, tf.boolean_mask(rows, is_item), items.shape[0]
    )
    shape = tf.stack([items.shape[0], length])

    def join(values: tf.Tensor) -> tf.Tensor:
        row = tf.RaggedTensor.from_row_lengths(values, per_row, validate=False)
        return _dense(row, shape)

    starts = tf.cumsum(tokens, exclusive=True)
    numbers = tf.repeat(tf.boolean_mask(slots, is_item) + 1, tokens)
    places = tf.range(tf.reduce_sum(tokens)) - tf.repeat(starts, tokens)
    return {
        "target_ids": join(of_slots.values),
        "target_mask": join(tf.ones_like(of_slots.values)),
        "target_pack_ids": join(numbers),
        "target_position_ids": join(places),
    }


def _dense(ragged: tf.RaggedTensor, shape: tf.Tensor) -> tf.Tensor:
    found = ragged.to_tensor(shape=tf.stack([-1, shape[1]]))
    return tf.reshape(found, shape)
