"""Items to batches."""

import numpy as np
import tensorflow as tf

from data_pipeline.batches import host_share
from data_pipeline.tasks import item_features

# A batch is gathered in less time than a step takes, by far.
_PARALLEL_BATCHES = 2
# In Features for decoding, which no model reads.
_ON_HOST_ONLY = ("char_starts", "char_ends", "is_max_context", "word")


def batches(
    features: item_features.Features,
    items: np.ndarray,
    length: int,
    *,
    share: host_share.HostShare = host_share.WHOLE,
    training: bool = False,
    any_length: bool = False,
) -> tf.data.Dataset:
    """The batches that a plan lists, as this host's share of each.

    Args:
        features: of the task.
        items: int32 [batches, B], or of packed rows [batches, B, K]; -1 where
            there is none.
        length: S.
        share: which part of a batch is this host's.
        training: whether labels are wanted.
        any_length: whether the static shape leaves S open, so that a program
            for these batches is one for others too.
    Returns:
        Dicts of
            token_ids, segment_ids, padding_mask, and span_mask where there is
                one: int32 [B, S], of a multiple choice [B, C, S];
            pack_ids, position_ids [B, S] and first_positions [B, K] of packed
                rows;
            item: int32 [B] or [B, K], as in `items`;
            the labels of `features` while training: [B, ...], or of each token
                [B, S]; item_features.NO_LABEL where there is none.
        B is a replica's share.
    """
    items = np.asarray(items, np.int32)
    hosts_rows = items.shape[1] // share.hosts
    items = items[:, share.host * hosts_rows : (share.host + 1) * hosts_rows]
    rows = items.shape[1] * share.hosts // share.replicas
    items = items.reshape(-1, rows, *items.shape[2:])
    tables = {
        name: table
        for name, table in features.tables.items()
        if name not in _ON_HOST_ONLY and (training or name != "label")
    }
    labels = {}
    if training:
        labels = {
            name: tf.constant(value) for name, value in features.labels.items()
        }
    if items.ndim == 3:
        # The model sees the longest row's number of items, at most.
        items = items[..., : max(1, int((items >= 0).sum(-1).max(initial=0)))]
    make = _packed if items.ndim == 3 else _padded

    def batch(items):
        size = length
        if any_length:
            size = tf.raw_ops.PlaceholderWithDefault(input=length, shape=[])
        return {
            **make(tables, items, size, features.rows_per_item),
            **{
                name: _labels_of(values, items)
                for name, values in labels.items()
            },
            "item": items,
        }

    dataset = tf.data.Dataset.from_tensor_slices(items)
    # It has no Python conditions on tensors that AutoGraph would have to find.
    batch = tf.autograph.experimental.do_not_convert(batch)
    dataset = dataset.map(batch, num_parallel_calls=_PARALLEL_BATCHES)
    # Tuning has nothing to find here, and its thread, which wakes every half
    # a minute, keeps an iterator from ending until then.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(_PARALLEL_BATCHES).with_options(options)


def _labels_of(values, items):
    """values [I, ...] at items; where there is no item, NO_LABEL."""
    found = tf.gather(values, tf.maximum(items, 0))
    has_item = tf.reshape(
        items >= 0, [*items.shape, *[1] * (found.shape.rank - items.shape.rank)]
    )
    missing = tf.constant(item_features.NO_LABEL, values.dtype)
    return tf.where(has_item, found, missing)


def _padded(tables, items, length, rows_per_item):
    """One row an item, or C of them."""
    is_item = tf.cast(items >= 0, tf.int32)
    rows = tf.maximum(items, 0)
    shape = [*items.shape, length]
    if rows_per_item > 1:
        rows = rows[:, None] * rows_per_item + tf.range(rows_per_item)
        shape = [*items.shape, rows_per_item, length]
        is_item = is_item[:, None]

    def dense(ragged, default=0):
        ragged = tf.gather(ragged, tf.reshape(rows, [-1]))
        return tf.reshape(
            ragged.to_tensor(default, shape=tf.stack([-1, length])), shape
        )

    one = tables["token_ids"].with_values(
        tf.ones_like(tables["token_ids"].values)
    )
    found = {
        name: dense(ragged, _default(name)) for name, ragged in tables.items()
    }
    # A row without an item is all padding: attention is then even, and no
    # number of it is used.
    found["padding_mask"] = dense(one) * is_item[..., None]
    if "label" in found:
        missing = tf.fill(shape, item_features.NO_LABEL)
        found["label"] = tf.where(
            is_item[..., None] > 0, found["label"], missing
        )
    return found


def _packed(tables, items, length, rows_per_item):
    """Several items a row, one after the other."""
    del rows_per_item  # packed items have one row
    is_item = items >= 0  # [B, K]
    flat = tf.boolean_mask(items, is_item)  # [E]
    row = tf.boolean_mask(
        tf.range(items.shape[0])[:, None] + tf.zeros_like(items), is_item
    )
    slot = tf.boolean_mask(
        tf.range(items.shape[1]) + tf.zeros_like(items), is_item
    )
    tokens = tf.cast(
        tf.gather(tables["token_ids"].row_lengths(), flat), tf.int32
    )
    per_row = tf.math.unsorted_segment_sum(tokens, row, items.shape[0])

    def join(values, default=0):
        rows = tf.RaggedTensor.from_row_lengths(values, per_row, validate=False)
        return tf.reshape(
            rows.to_tensor(default, shape=tf.stack([-1, length])),
            [items.shape[0], length],
        )

    found = {
        name: join(tf.gather(ragged, flat).values, _default(name))
        for name, ragged in tables.items()
    }
    start = tf.cumsum(tokens, exclusive=True)
    row_start = tf.gather(tf.cumsum(per_row, exclusive=True), row)
    position = tf.range(tf.reduce_sum(tokens)) - tf.repeat(start, tokens)
    first_positions = tf.scatter_nd(
        tf.stack([row, slot], -1), start - row_start, items.shape
    )
    return {
        **found,
        "padding_mask": join(tf.ones_like(position)),
        "pack_ids": join(tf.repeat(slot + 1, tokens)),
        "position_ids": join(position),
        "first_positions": first_positions,
    }


def _default(name: str) -> int:
    return item_features.NO_LABEL if name == "label" else 0
