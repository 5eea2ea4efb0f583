"""Lays out ragged ids as rows: [CLS] a [SEP] b [SEP]."""

from collections.abc import Callable
from collections.abc import Sequence

import tensorflow as tf

from data_pipeline.tasks.texts import long_texts
from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.graph import offsets as graph_offsets


def lay_out(
    parts: Sequence[tf.RaggedTensor], cls_id: int, sep_id: int
) -> dict[str, tf.Tensor]:
    """Makes rows of one or two parts.

    Args:
        parts: int32 [R, None] each, already cut to length.
        cls_id, sep_id: the ids of [CLS] and [SEP].
    Returns:
        token_ids, segment_ids and padding_mask, int32 [R, S], where S is the
        length of the longest row.
    """
    rows = ragged_rows(parts, cls_id, sep_id)
    return {
        **{name: values.to_tensor() for name, values in rows.items()},
        "padding_mask": tf.ones_like(rows["token_ids"]).to_tensor(),
    }


def ragged_rows(
    parts: Sequence[tf.RaggedTensor], cls_id: int, sep_id: int
) -> dict[str, tf.RaggedTensor]:
    """token_ids and segment_ids, int32 [R, None], of such rows."""
    one = tf.ones([parts[0].nrows(), 1], tf.int32)
    pieces = [one * cls_id]
    segments = [one * 0]
    for segment, part in enumerate(parts):
        pieces += [part, one * sep_id]
        segments += [tf.zeros_like(part) + segment, one * segment]
    return {
        "token_ids": tf.concat(pieces, axis=1),
        "segment_ids": tf.concat(segments, axis=1),
    }


def lay_out_offsets(
    parts: Sequence[graph_offsets.Pieces],
    cut: Callable[[Sequence[tf.RaggedTensor]], Sequence[tf.RaggedTensor]],
) -> dict[str, tf.Tensor]:
    """The position of each token of such rows in its text.

    Args:
        parts: one or two parts, not yet cut to length.
        cut: the function that cuts ids to length.
    Returns:
        starts and ends, int32 [R, S]: the first character and the character
        after the last; -1 at [CLS], [SEP] and padding.
    """
    found = {}
    for index, name in enumerate(("starts", "ends")):
        laid_out = lay_out(
            cut([p.ids.with_flat_values(p.spans[:, index]) for p in parts]),
            -1,
            -1,
        )
        found[name] = tf.where(
            laid_out["padding_mask"] > 0, laid_out["token_ids"], -1
        )
    return found


def cut(
    parts: Sequence[tf.RaggedTensor], max_seq_length: int
) -> Sequence[tf.RaggedTensor]:
    """Cuts one or two parts so that they fit into a row together."""
    if len(parts) == 1:
        return [parts[0][:, : max_seq_length - 2]]
    first, second = parts
    return cut_pairs(first, second, max_seq_length)


def cut_pairs(
    first: tf.RaggedTensor, second: tf.RaggedTensor, max_seq_length: int
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Cuts pairs to the length of a row, like long_texts.cut.

    Args:
        first, second: int32 [R, None].
        max_seq_length: maximum number of tokens in a row.
    """
    of_first = first.row_lengths()
    room = tf.cast(max_seq_length, of_first.dtype) - 3
    most_of_second = tf.maximum(room - of_first, room // 2)
    of_second = tf.minimum(second.row_lengths(), most_of_second)
    return take(first, room - of_second), take(second, of_second)


def cut_middle(
    parts: Sequence[tf.RaggedTensor], max_seq_length: int
) -> Sequence[tf.RaggedTensor]:
    """Cuts one or two parts like long_texts.head_tail."""
    return [
        _ends(part, kept.row_lengths())
        for part, kept in zip(parts, cut(parts, max_seq_length), strict=True)
    ]


def _ends(ragged: tf.RaggedTensor, sizes: tf.Tensor) -> tf.RaggedTensor:
    """The ends of each row, `sizes` [R] values together."""
    row, place = places(ragged.row_splits)
    total, size = tf.gather(ragged.row_lengths(), row), tf.gather(sizes, row)
    head = tf.where(total <= size, size, size // long_texts.HEAD_PART)
    kept = (place < head) | (place >= total - (size - head))
    return tf.RaggedTensor.from_value_rowids(
        tf.boolean_mask(ragged.flat_values, kept),
        tf.boolean_mask(row, kept),
        nrows=ragged.nrows(),
        validate=False,
    )


def take(ragged: tf.RaggedTensor, sizes: tf.Tensor) -> tf.RaggedTensor:
    """The first `sizes` [R] values of each row, or all if it has fewer."""
    row, place = places(ragged.row_splits)
    return tf.RaggedTensor.from_value_rowids(
        tf.boolean_mask(ragged.flat_values, place < tf.gather(sizes, row)),
        tf.boolean_mask(row, place < tf.gather(sizes, row)),
        nrows=ragged.nrows(),
        validate=False,
    )


def places(splits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The row of each value and its position there, from row splits."""
    row = graph_normalize.rows_of(splits)
    return row, tf.range(splits[-1]) - tf.gather(splits, row)
