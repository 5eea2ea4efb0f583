"""Which tokens of a row attend to each other, and which ones heads read."""

from collections.abc import Callable

import tensorflow as tf

# Added to attention scores of masked keys, as in the original.
MASKED_BIAS = -10000.0


def attention_bias(padding_mask, pack_ids=None, masked: float = MASKED_BIAS):
    """The bias for attention scores: 0 where a query may attend to a key.

    Elsewhere it is `masked` and not minus infinity, so that a query without any
    key attends evenly instead of dividing by zero.

    Args:
        padding_mask: int32 [B, S], 1 at tokens, 0 at padding.
        pack_ids: int32 [B, S], the example that each token belongs to; None if
            each row holds one example.
        masked: bias where a query must not attend to a key.
    Returns:
        float32 [B, 1, 1, S]; with pack_ids, [B, 1, S, S].
    """
    # LiteRT does not support [:, None, None, :] for variable lengths.
    batch, length = tf.unstack(tf.shape(padding_mask))
    visible = tf.reshape(padding_mask, [batch, 1, 1, length])
    if pack_ids is not None:
        same = pack_ids[:, None, :, None] == pack_ids[:, None, None, :]
        visible *= tf.cast(same, visible.dtype)
    return (1.0 - tf.cast(visible, tf.float32)) * masked


def as_rows(inputs):
    """An encoder's inputs with an axis of rows, whatever rows belong together.

    Args:
        inputs: the encoder's inputs; token_ids, segment_ids and padding_mask
            may also be [B, C, S], for C rows that belong together.
    Returns:
        inputs for rows [B, S], or for rows [B C, S].
    """
    ids = inputs["token_ids"]
    if len(ids.shape) == 2:
        return inputs
    shape = tf.shape(ids)
    # It is not inferred with -1, since there may be no rows.
    shape = tf.stack([shape[0] * shape[1], shape[2]])
    static = None
    if ids.shape[0] is not None and ids.shape[1] is not None:
        static = ids.shape[0] * ids.shape[1]
    return {
        name: tf.ensure_shape(
            tf.reshape(inputs[name], shape), [static, ids.shape[2]]
        )
        for name in ("token_ids", "segment_ids", "padding_mask")
        if name in inputs
    }


def first(sequence, first_positions=None):
    """The first token of each example.

    Args:
        sequence: [B, S, H].
        first_positions: int32 [B, K], where examples start in packed rows;
            None if each row holds one example.
    Returns:
        [B, H]; in packed rows [B, K, H].
    """
    if first_positions is None:
        return sequence[:, 0]
    return tf.gather(sequence, first_positions, batch_dims=1)


def selector(positions, first_positions=None) -> Callable:
    """A function that picks the tokens at `positions`, then the first tokens.

    Args:
        positions: int32 [B, P].
        first_positions: as in `first`.
    Returns:
        a function that maps [B, S, ...] to [B, P + 1, ...]; in packed rows, to
        [B, P + K, ...].
    """
    if first_positions is None:
        if positions.shape[1] == 0:
            return lambda x: x[:, :1]
        first_positions = tf.zeros_like(positions[:, :1])
    rows = tf.concat([positions, first_positions], axis=1)
    return lambda x: tf.gather(x, rows, batch_dims=1)
