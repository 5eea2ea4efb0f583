"""Lays segments out as a row: [CLS] first [SEP] second [SEP] and padding."""

import tensorflow as tf

# The sentence_order of a row or slot without a question: it has only one
# segment, or is a filler.
NO_EXAMPLE = -1


def lay_out(
    token_ids: tf.RaggedTensor,
    first_length: tf.Tensor,
    exchange: tf.Tensor,
    *,
    length: int,
    cls_id: int,
    sep_id: int,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Lays examples out as rows, and exchanges their segments if asked to.

        token_ids = [7, 8, 9], first_length = 2, exchange = True:
            token_ids     [CLS]  9 [SEP]  7  8 [SEP]  0
            segment_ids       0  0    0   1  1    1   0
            padding_mask      1  1    1   1  1    1   0

    An example without a second segment is [CLS] first [SEP].

    Args:
        token_ids: int32 RaggedTensor [B, None], both segments.
        first_length: int32 [B], tokens of the first one.
        exchange: bool [B], whether to exchange the segments.
        length: S, the length of rows; no example may need more.
        cls_id, sep_id: ids of the special tokens; padding is id 0.
    Returns:
        token_ids, segment_ids, padding_mask: int32 [B, S].
    """
    total = tf.cast(token_ids.row_lengths(), tf.int32)[:, None]  # [B, 1]
    first = first_length[:, None]
    exchange = exchange[:, None]
    left = tf.where(exchange, total - first, first)
    # Where each side starts in token_ids, minus its position in the row.
    left_shift = tf.where(exchange, first, 0) - 1
    right_shift = tf.where(exchange, 0, first) - left - 2

    position = tf.range(length)[None, :]  # [1, S]
    is_left = (position >= 1) & (position <= left)
    is_right = (position >= left + 2) & (position <= total + 1)
    source = tf.where(
        is_left,
        position + left_shift,
        tf.where(is_right, position + right_shift, 0),
    )
    # A single segment needs [CLS] and one [SEP] beside it.
    rows = token_ids.to_tensor(shape=[None, length - 2])
    tokens = tf.gather(rows, source, batch_dims=1)  # [B, S]
    # Position of the last [SEP].
    last = tf.where(total > first, total + 2, total + 1)
    tokens = tf.where(is_left | is_right, tokens, 0)
    tokens = tf.where(position == 0, cls_id, tokens)
    tokens = tf.where(
        (position == left + 1) | (position == last), sep_id, tokens
    )
    segment_ids = (position > left + 1) & (position <= last)
    return (
        tokens,
        tf.cast(segment_ids, tf.int32),
        tf.cast(position <= last, tf.int32),
    )
