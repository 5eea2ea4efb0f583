"""How far a student's states and attention are from its teacher's."""

import tensorflow as tf

from albert_tf.layers import common

# For numbers without a spread. The 1e-12 of the models is for float32 norms
# that are trained.
_EPSILON = 1e-6


def sums(loss, agrees, weight) -> dict:
    """Sums of numbers where `weight`, of the same shape, is not 0.

    Args:
        loss: float32.
        agrees: bool, whether the student's answer is the teacher's.
        weight: bool or float32.
    Returns:
        float32 scalars: loss, correct, and weight.
    """
    weight = tf.cast(weight, tf.float32)
    loss = tf.where(weight > 0, loss, tf.zeros_like(loss))
    return {
        "loss": tf.reduce_sum(loss * weight),
        "correct": tf.reduce_sum(tf.cast(agrees, tf.float32) * weight),
        "weight": tf.reduce_sum(weight),
    }


def state_error(student, teacher, width_map=None):
    """Mean squared difference of normalized states.

    Args:
        student, teacher: float [B, S, H]; H may differ.
        width_map: float [H of the student, H of the teacher], where they
            differ.
    Returns:
        float32 [B, S].
    """
    student, teacher = (
        tf.cast(student, tf.float32),
        tf.cast(teacher, tf.float32),
    )
    if width_map is not None:
        student = tf.tensordot(student, tf.convert_to_tensor(width_map), 1)
    difference = _normalized(student) - _normalized(teacher)
    return tf.reduce_mean(difference**2, axis=-1)


def relations(attention, x, bias, heads: int) -> tf.Tensor:
    """How alike the queries, the keys and the values of tokens are.

    Args:
        attention: SelfAttention.
        x: its input, float [B, S, H].
        bias: float32 attention bias, broadcast to [B, 1, S, S].
        heads: R, the number that the projections are split into, whatever the
            number of the layer's own heads.
    Returns:
        logits, float32 [3, B, R, S, S].
    """
    shape = tf.shape(x)
    found = []
    for part in ("query", "key", "value"):
        y = common.dense(
            x,
            getattr(attention, f"{part}_kernel"),
            getattr(attention, f"{part}_bias"),
        )
        size = y.shape[-1] // heads  # N D / R
        y = tf.reshape(y, [shape[0], shape[1], heads, size])
        y = tf.transpose(y, [0, 2, 1, 3])  # [B, R, S, N D / R]
        scores = tf.cast(tf.matmul(y, y, transpose_b=True), tf.float32)
        found.append(scores * size**-0.5 + bias)
    return tf.stack(found)


def divergence(student, teacher):
    """KL divergence from the teacher's relations to the student's.

    Args:
        student, teacher: logits, float32 [3, B, R, S, S].
    Returns:
        the mean over relations, float32 [B, S].
    """
    mine, theirs = tf.nn.log_softmax(student), tf.nn.log_softmax(teacher)
    # A token that attention may not see has probability 0 in both.
    kl = tf.reduce_sum(tf.exp(theirs) * (theirs - mine), axis=-1)
    return tf.reduce_mean(kl, axis=[0, 2])


def token_sums(loss, inputs: dict) -> dict:
    """Sums of numbers [B, S] over all tokens; nothing is right or wrong."""
    mask = inputs["padding_mask"]
    mask = tf.reshape(mask, [-1, tf.shape(mask)[-1]])  # of choices [B C, S]
    return sums(loss, tf.zeros_like(loss), mask)


def _normalized(x):
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + _EPSILON)
