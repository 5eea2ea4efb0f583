"""Draws tokens: a pure function of the seed, the source, the slot, the step."""

import tensorflow as tf


def draw(scores, draws, top_p: float, temperature: float):
    """Draws a token from the likeliest ones.

    Args:
        scores: float32 [B, Q, V].
        draws: float32 [B, Q], from 0 to below 1.
        top_p: of the sorted tokens, those are kept before which the
            probabilities sum to less than this.
        temperature: divides the scores.
    Returns:
        int32 [B, Q].
    """
    probs, ids = tf.math.top_k(
        tf.nn.softmax(scores / temperature), scores.shape[-1]
    )
    until = tf.cumsum(probs, axis=-1)
    kept = tf.where(until - probs < top_p, probs, 0.0)
    until = tf.cumsum(kept, axis=-1)
    passed = until <= draws[..., None] * until[..., -1:]
    # Rounding must not pass the last token that is kept.
    last = tf.reduce_sum(tf.cast(kept > 0, tf.int32), -1) - 1
    place = tf.reduce_sum(tf.cast(passed, tf.int32), axis=-1)
    place = tf.minimum(place, last)
    return tf.gather(ids, place, axis=2, batch_dims=2)


def uniforms(seed: int, items, slots: int, step):
    """Uniform numbers from 0 to below 1: float32 [B, Q].

    They depend on nothing else, not even on the number of sources: TensorFlow's
    stateless generators have one seed for a whole tensor.

    Args:
        seed: integer.
        items: int32 [B], a number for each source.
        slots: Q.
        step: int32 scalar.
    """
    state = _mixed(tf.constant(seed % 2**32, tf.uint32))
    # A tensor of the module would start the devices on import.
    start = tf.constant(_STEP, tf.uint32)
    for number in (items[:, None], tf.range(slots)[None], step):
        state = _mixed(state ^ _mixed(tf.cast(number, tf.uint32) + start))
    # 24 bits, which float32 holds exactly.
    bits = tf.bitwise.right_shift(state, tf.constant(8, tf.uint32))
    return tf.cast(tf.cast(bits, tf.int32), tf.float32) * 2.0**-24


def _mixed(x):
    """Mixes 32 bits. Source: Wellons 2018, "Prospecting for Hash Functions"."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        x ^= tf.bitwise.right_shift(x, tf.constant(shift, tf.uint32))
        x *= tf.constant(factor, tf.uint32)
    return x


# 2**32 divided by the golden ratio, so that zeros are mixed, too.
_STEP = 0x9E3779B9
