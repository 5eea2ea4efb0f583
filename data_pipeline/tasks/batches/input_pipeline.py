"""Makes batches of encoded items, as a tf.data pipeline."""

from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_pipeline.batches import host_share
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import target_rows

# Making a batch takes far less time than a step.
_PARALLEL_BATCHES = 2
# Sequences for decoding outputs, which no model reads.
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
    """The batches of a plan, as this host's share of each.

    Args:
        features: the task's features.
        items: int32 [batches, B], or [batches, B, K] for packed rows; -1 in
            unused slots.
        length: S; for W windows of a text, W S.
        share: this host's share of each batch.
        training: whether to include labels.
        any_length: whether the static shape leaves S open, so that one program
            serves batches of all lengths.
    Returns:
        Dicts of
            token_ids, segment_ids, padding_mask, and span_mask if the features
                have it: int32 [B, S], in multiple choice [B, C, S], of texts
                in windows [B, W, S], without a token in unused windows;
            pack_ids, position_ids [B, S] and first_positions [B, K], for
                packed rows; [B, K, C] if items have C rows;
            the arrays of `contract.TARGETS` or `contract.PACKED_TARGETS`, if
                the features have texts to write;
            item: int32 [B] or [B, K], as in `items`;
            the labels of `features`, in training: [B, ...], or [B, S] for
                labels of tokens; item_features.NO_LABEL if there is none.
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
        # Drop the slots that no row uses.
        items = items[..., : max(1, int((items >= 0).sum(-1).max(initial=0)))]
    windows = None
    if features.window_counts is not None:
        windows = _Windows.of(features, length)
        length = min(length, features.window_length)
    targets = features.targets
    if targets is not None:
        texts, most_written = targets.table, targets.length_of(length)
        if items.ndim == 3:
            sources = int(features.row_splits[-1])
            most_written = targets.packed_length(sources)

    def batch(items: tf.Tensor) -> dict[str, tf.Tensor]:
        def open_if_any(size: int) -> int | tf.Tensor:
            if not any_length:
                return size
            return tf.raw_ops.PlaceholderWithDefault(input=size, shape=[])

        size = open_if_any(length)
        if windows is not None:
            most = open_if_any(windows.most)
            rows = _in_windows(tables, items, size, most, windows)
        else:
            make = _packed if items.shape.rank == 2 else _padded
            rows = make(tables, items, size, features.rows_per_item)
        if targets is not None:
            written = open_if_any(most_written)
            rows |= target_rows.arrays(texts, items, written)
        return {
            **rows,
            **{
                name: _labels_of(values, items)
                for name, values in labels.items()
            },
            "item": items,
        }

    dataset = tf.data.Dataset.from_tensor_slices(items)
    # It has no Python conditions on tensors for AutoGraph to convert.
    batch = tf.autograph.experimental.do_not_convert(batch)
    dataset = dataset.map(batch, num_parallel_calls=_PARALLEL_BATCHES)
    # There is nothing to tune, and autotune's thread, which wakes every half a
    # minute, would delay the end of an iterator until then.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(_PARALLEL_BATCHES).with_options(options)


class _Windows(NamedTuple):
    """Where the windows of each item are among all rows.

    Attributes:
        first: int32 [I], the number of the item's first row.
        counts: int32 [I], the number of its rows.
        most: W, the windows of each item of a batch.
    """

    first: tf.Tensor
    counts: tf.Tensor
    most: int

    @classmethod
    def of(cls, features: item_features.Features, length: int) -> "_Windows":
        return cls(
            tf.constant(features.first_rows, tf.int32),
            tf.constant(features.window_counts, tf.int32),
            max(1, length // features.window_length),
        )


def _labels_of(values: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
    """The values [I, ...] of items; NO_LABEL in unused slots."""
    found = tf.gather(values, tf.maximum(items, 0))
    has_item = tf.reshape(
        items >= 0, [*items.shape, *[1] * (found.shape.rank - items.shape.rank)]
    )
    missing = tf.constant(item_features.NO_LABEL, values.dtype)
    return tf.where(has_item, found, missing)


def _padded(
    tables: dict[str, Any],
    items: tf.Tensor,
    length: int | tf.Tensor,
    rows_per_item: int,
) -> dict[str, tf.Tensor]:
    """One row for each item, or C rows."""
    is_item = tf.cast(items >= 0, tf.int32)
    rows = tf.maximum(items, 0)
    shape = [*items.shape, length]
    if rows_per_item > 1:
        rows = rows[:, None] * rows_per_item + tf.range(rows_per_item)
        shape = [*items.shape, rows_per_item, length]
        is_item = is_item[:, None]

    def dense(ragged: tf.RaggedTensor, default: int = 0) -> tf.Tensor:
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
    # A row without an item is all padding: its attention is uniform, and its
    # outputs are not used.
    found["padding_mask"] = dense(one) * is_item[..., None]
    if "label" in found:
        missing = tf.fill(shape, item_features.NO_LABEL)
        found["label"] = tf.where(
            is_item[..., None] > 0, found["label"], missing
        )
    return found


def _in_windows(
    tables: dict[str, Any],
    items: tf.Tensor,
    length: int | tf.Tensor,
    most: int | tf.Tensor,
    windows: _Windows,
) -> dict[str, tf.Tensor]:
    """The windows of each item, as rows [B, W, S]."""
    own = tf.maximum(items, 0)
    number = tf.range(most)
    is_row = number < tf.gather(windows.counts, own)[:, None]
    is_row &= (items >= 0)[:, None]
    rows = tf.where(is_row, tf.gather(windows.first, own)[:, None] + number, 0)
    used = tf.cast(is_row, tf.int32)[..., None]
    rows = tf.reshape(rows, [-1])

    def dense(ragged: tf.RaggedTensor) -> tf.Tensor:
        ragged = tf.gather(ragged, rows)
        found = ragged.to_tensor(shape=tf.stack([-1, length]))
        return tf.reshape(found, [items.shape[0], most, length]) * used

    one = tables["token_ids"].with_values(
        tf.ones_like(tables["token_ids"].values)
    )
    found = {name: dense(ragged) for name, ragged in tables.items()}
    return {**found, "padding_mask": dense(one)}


def _packed(
    tables: dict[str, Any],
    items: tf.Tensor,
    length: int | tf.Tensor,
    rows_per_item: int,
) -> dict[str, tf.Tensor]:
    """Several items in each row, one after another."""
    shape = items.shape
    if rows_per_item > 1:
        # The rows of an item take as many slots, one after another.
        shape = [*items.shape, rows_per_item]
        rows = items[..., None] * rows_per_item + tf.range(rows_per_item)
        rows = tf.where(items[..., None] >= 0, rows, -1)
        items = tf.reshape(rows, [shape[0], shape[1] * rows_per_item])
    is_item = items >= 0  # [B, K C]
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

    def join(values: tf.Tensor, default: int = 0) -> tf.Tensor:
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
        "first_positions": tf.reshape(first_positions, shape),
    }


def _default(name: str) -> int:
    return item_features.NO_LABEL if name == "label" else 0
