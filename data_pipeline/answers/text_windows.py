"""long_texts.windows as TensorFlow operations, and texts that are read so."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from data_pipeline.answers import packed
from data_pipeline.answers import texts
from data_pipeline.answers import token_rows

Tensors = dict[str, tf.Tensor]


class WindowedTexts(texts.Texts):
    """Answers for a text or a pair of texts, each read in windows.

    Inputs and answers are those of `Texts`. Rows are [B, W, S].

    Args:
        doc_stride, max_windows: as in long_texts.windows.
        others: as for `Texts`.
    """

    def __init__(
        self, *args: Any, doc_stride: int, max_windows: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._windows = (doc_stride, max_windows)

    def rows(self, **strings: tf.Tensor) -> tuple[Tensors, Tensors]:
        parts = [self._tokenizer(strings[name]) for name in self.inputs]
        whole = token_rows.ragged_rows(parts, *self._special)
        places, truncated = lay_out(parts, self._max_seq_length, *self._windows)
        rows = {
            name: _at(values, places).to_tensor()
            for name, values in whole.items()
        }
        rows["padding_mask"] = tf.ones_like(places).to_tensor()
        context = {"truncated": truncated, "places": places.to_tensor(-1)}
        return rows, context

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs the windows of all texts with packed.pack; the inputs say where
        each text's are, and the model's outputs are by text."""
        used = tf.reduce_any(rows["padding_mask"] > 0, axis=-1)  # [B, W]
        windows = {
            name: tf.boolean_mask(values, used) for name, values in rows.items()
        }
        found, places = packed.pack(windows)
        slots = tf.shape(found["first_positions"])[1]
        numbers = places[:, 0] * slots + places[:, 1] + 1
        found["window_places"] = (
            tf.scatter_nd(
                tf.cast(tf.where(used), tf.int32), numbers, tf.shape(used)
            )
            - 1
        )
        return found, tf.range(tf.shape(used)[0])[:, tf.newaxis]

    def offsets(
        self, context: Mapping[str, Any], **strings: tf.Tensor
    ) -> Tensors:
        parts = [self._offsets(strings[name]) for name in self.inputs]
        whole = token_rows.lay_out_offsets(parts, lambda parts: parts)
        places = context["places"]
        return {
            name: tf.gather(values, tf.maximum(places, 0), batch_dims=1)
            for name, values in whole.items()
        }

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        """Values of the whole row of each text, [B, T], from those of its
        windows, [B, W, S]: numbers are added up, others are alike."""
        places = context["places"]
        count, length = tf.shape(places)[0], tf.reduce_max(places) + 1
        length = tf.maximum(length, 0)
        text = tf.range(count)[:, tf.newaxis, tf.newaxis]
        number = tf.where(places < 0, -1, text * length + places)
        number, values = tf.reshape(number, [-1]), tf.reshape(values, [-1])
        size = count * length
        shape = tf.stack([count, length])
        if values.dtype.is_floating:
            # Negative numbers are left out.
            found = tf.math.unsorted_segment_sum(values, number, size)
            return tf.reshape(found, shape)
        order = tf.range(tf.size(number))
        first = tf.math.unsorted_segment_min(order, number, size)
        is_there = first < tf.size(number)
        fill = "" if values.dtype == tf.string else -1
        found = tf.gather(values, tf.where(is_there, first, 0))
        return tf.reshape(tf.where(is_there, found, fill), shape)


def lay_out(
    parts: Sequence[tf.RaggedTensor],
    max_seq_length: int,
    doc_stride: int,
    max_windows: int,
) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """The tokens of each window, as places in the row of the whole text.

    Args:
        parts: int32 [B, None] each, one or two, not cut.
        others: as in long_texts.windows.
    Returns:
        int32 [B, None, None], the places by window; and bool [B], whether some
        pieces are in no window.
    """
    first = tf.cast(parts[0].row_lengths(), tf.int32)
    second = tf.zeros_like(first)
    specials = 1 + len(parts)
    is_first = tf.ones_like(first, tf.bool)
    if len(parts) == 2:
        second = tf.cast(parts[1].row_lengths(), tf.int32)
        is_first = first > second
    room = max_seq_length - specials
    longer, other = tf.maximum(first, second), tf.minimum(first, second)
    kept = tf.minimum(other, room // 2)
    space = room - kept
    step = tf.minimum(space, doc_stride)
    wanted = 1 + (tf.maximum(longer - space, 0) + step - 1) // step
    count = tf.minimum(wanted, max_windows)

    # For each window: its text, and where its part of the longer text begins.
    windows = tf.concat([[0], tf.cumsum(count)], axis=0)
    of, number = token_rows.places(windows)
    begin = number * tf.gather(step, of)
    size = tf.minimum(tf.gather(space, of), tf.gather(longer, of) - begin)
    kept_by = tf.gather(kept, of)
    by_first = tf.gather(is_first, of)
    of_first = tf.where(by_first, size, kept_by)
    total = specials + size + kept_by

    # For each token: its window, and its place there and in the whole row.
    tokens = tf.concat([[0], tf.cumsum(total)], axis=0)
    row, place = token_rows.places(tokens)
    whole_first = tf.gather(first, tf.gather(of, row))
    own_first = tf.gather(of_first, row)
    begins = tf.gather(begin, row)
    begin_first = tf.where(tf.gather(by_first, row), begins, 0)
    # What is behind the first part moves to behind the whole of it.
    found = place + tf.where(
        place == 0,
        0,
        tf.where(place <= own_first, begin_first, whole_first - own_first),
    )
    if len(parts) == 2:
        behind = place - own_first - 2  # in the second part, if not below 0
        own_second = tf.gather(total, row) - own_first - 3
        is_second = (behind >= 0) & (behind < own_second)
        begin_second = tf.where(tf.gather(by_first, row), 0, begins)
        missing = tf.gather(second, tf.gather(of, row)) - own_second
        found += tf.where(
            is_second, begin_second, tf.where(behind >= own_second, missing, 0)
        )
    places = tf.RaggedTensor.from_nested_row_splits(
        found, [windows, tokens], validate=False
    )
    return places, (wanted > max_windows) | (kept < other)


def _at(values: tf.RaggedTensor, places: tf.RaggedTensor) -> tf.RaggedTensor:
    """Each row's values [B, None] at its places [B, None, None]."""
    splits = tf.cast(values.row_splits, tf.int32)
    of = tf.gather(places.value_rowids(), places.values.value_rowids())
    chosen = tf.gather(splits, of) + places.flat_values
    return places.with_flat_values(tf.gather(values.flat_values, chosen))
