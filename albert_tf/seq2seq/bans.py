"""Tokens that must not come next."""

import tensorflow as tf

# Stands for minus infinity, without its arithmetic.
NEVER = -1e9
# For an end that comes too early. It is chosen if nothing else is left, so that
# no text gets stuck.
EARLY = -1e8
_PADDING = 0


def apply(scores, texts, step, *, start_id, end_id, options):
    """Lowers the scores of tokens that must not follow.

    Args:
        scores: float32 [B, Q, V], of the tokens at position step + 1.
        texts: int32 [B, Q, T], which have step + 1 tokens.
        step: int32 scalar, from 0.
        start_id, end_id: as in AlbertSeq2Seq.
        options: DecodingOptions.
    Returns:
        float32 [B, Q, V].
    """
    batch, slots, size = tf.unstack(tf.shape(scores))
    count = batch * slots
    banned = [tf.fill([count, 1], _PADDING), tf.fill([count, 1], start_id)]
    if options.no_repeat_ngram_size:
        text = tf.reshape(texts, [count, texts.shape[2]])
        banned.append(repeats(text, step, options.no_repeat_ngram_size))
    ids = tf.concat(banned, axis=1)  # [B Q, K]
    rows = tf.broadcast_to(tf.range(count)[:, None], tf.shape(ids))
    flat = tf.reshape(scores, [count, size])
    flat = tf.tensor_scatter_nd_update(
        flat, tf.stack([rows, ids], axis=-1), tf.fill(tf.shape(ids), NEVER)
    )
    if options.min_length > 2:
        # Position step + 1 is the last of step + 2 tokens.
        early = tf.where(step + 2 < options.min_length, EARLY, 0.0)
        ends = tf.stack([tf.range(count), tf.fill([count], end_id)], axis=1)
        flat = tf.tensor_scatter_nd_add(flat, ends, tf.fill([count], early))
    return tf.ensure_shape(tf.reshape(flat, tf.shape(scores)), scores.shape)


def repeats(texts, step, size: int):
    """Tokens that would repeat an n-gram; padding where there is none.

    Args:
        texts: int32 [R, T], which have step + 1 tokens.
        step: int32 scalar, from 0.
        size: n.
    Returns:
        int32 [R, max(0, T - n)].
    """
    length = texts.shape[1]
    count = max(0, length - size)
    # The n - 1 tokens before the next one. Where there are fewer, the text has
    # no n-gram yet.
    start = tf.maximum(step + 2 - size, 0)
    same = tf.broadcast_to(
        tf.range(count) + size - 1 <= step, tf.shape(texts[:, :count])
    )
    for offset in range(size - 1):
        last = tf.gather(texts, start + offset, axis=1)[:, None]
        same &= texts[:, offset : offset + count] == last
    return tf.where(same, texts[:, size - 1 : size - 1 + count], _PADDING)
