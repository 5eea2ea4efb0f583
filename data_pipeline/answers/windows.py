"""span_windows.lay_out as TensorFlow operations, without its labels."""

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.text.graph import offsets as graph_offsets


def lay_out(
    questions: tf.RaggedTensor,
    contexts: graph_offsets.Pieces,
    *,
    max_seq_length: int,
    doc_stride: int,
    cls_id: int,
    sep_id: int,
) -> dict[str, tf.Tensor]:
    """Windows [CLS] question [SEP] part of the context [SEP].

    Args:
        questions: int32 [B, None], already cut to length, at least 4 shorter
            than max_seq_length.
        contexts: B contexts.
        others: as in span_windows.lay_out.
    Returns:
        The arrays of span_windows.lay_out as int32 [R, S], with padding_mask;
        and question, int64 [R], the question of each window.
    """
    query = questions.row_lengths()
    total = contexts.ids.row_lengths()
    room = max_seq_length - 3 - query
    # With little room for context, a larger step would leave gaps.
    step = tf.minimum(room, doc_stride)
    left = tf.maximum(total - room, 0)
    count = 1 + (left + step - 1) // step

    # For each window: its question, its number there, its part of the context.
    splits = tf.concat([[0], tf.cumsum(count)], axis=0)
    of, window = token_rows.places(splits)
    begin = window * tf.gather(step, of)
    size = tf.minimum(tf.gather(room, of), tf.gather(total, of) - begin)

    # For each token: its window, and its position there and in the part.
    query = tf.gather(query, of)
    splits = tf.concat([[0], tf.cumsum(size + query + 3)], axis=0)
    row, place = token_rows.places(splits)
    part = place - tf.gather(query, row) - 2
    in_query = (place > 0) & (part < -1)
    in_context = (part >= 0) & (part < tf.gather(size, row))

    question_at = (
        tf.gather(questions.row_splits, tf.gather(of, row)) + place - 1
    )
    token = tf.gather(begin, row) + part  # in the context
    context_at = tf.gather(contexts.ids.row_splits, tf.gather(of, row)) + token
    ids = tf.fill(tf.shape(row), sep_id)
    ids = tf.where(place == 0, cls_id, ids)
    ids = tf.where(
        in_query, _at(questions.flat_values, question_at, in_query), ids
    )
    ids = tf.where(
        in_context, _at(contexts.ids.flat_values, context_at, in_context), ids
    )
    spans = _at(contexts.spans, context_at, in_context)
    spans = tf.where(in_context[:, tf.newaxis], spans, -1)

    best = _best_window(
        token,
        *(
            tf.gather(tf.gather(values, of), row)
            for values in (total, room, step, count)
        ),
    )
    is_max = in_context & (best == tf.gather(window, row))

    def dense(values: tf.Tensor, fill: int = 0) -> tf.Tensor:
        return tf.RaggedTensor.from_row_splits(
            tf.cast(values, tf.int32), splits, validate=False
        ).to_tensor(fill)

    return {
        "token_ids": dense(ids),
        "segment_ids": dense(part >= 0),
        "padding_mask": dense(tf.ones_like(row)),
        "span_mask": dense(in_context | (place == 0)),
        "char_starts": dense(spans[:, 0], -1),
        "char_ends": dense(spans[:, 1], -1),
        "is_max_context": dense(is_max),
        "question": of,
    }


def _at(values: tf.Tensor, places: tf.Tensor, is_used: tf.Tensor) -> tf.Tensor:
    """values[places] where is_used, else any value; `values` may be empty."""
    spare = tf.zeros_like(values[:1])
    values = tf.concat(
        [values, tf.zeros([1, *spare.shape[1:]], values.dtype)], 0
    )
    return tf.gather(values, tf.where(is_used, places, 0))


def _best_window(
    token: tf.Tensor,
    total: tf.Tensor,
    room: tf.Tensor,
    step: tf.Tensor,
    count: tf.Tensor,
) -> tf.Tensor:
    """The same arithmetic as span_windows._best_window."""
    middle = tf.math.floordiv(2 * token - (room - 1), 2 * step)
    last = count - 1
    candidates = tf.stack(
        [
            tf.clip_by_value(middle, 0, tf.maximum(last - 1, 0)),
            tf.clip_by_value(middle + 1, 0, tf.maximum(last - 1, 0)),
            last,
        ]
    )
    begin = candidates * step
    size = tf.minimum(room, total - begin)
    around = tf.minimum(token - begin, begin + size - 1 - token)
    score = tf.cast(around, tf.float64) + 0.01 * tf.cast(size, tf.float64)
    score = tf.where(around < 0, tf.constant(-1e300, tf.float64), score)
    best = tf.argmax(score, axis=0)
    return tf.gather(tf.transpose(candidates), best, batch_dims=1, axis=1)
