"""Losses between the states and attention of a student and its teacher."""

import keras
import tensorflow as tf

from albert_tf.layers import common

# Avoids a division by zero for constant states. The models' own 1e-12 is for
# trained norms in float32.
_EPSILON = 1e-6


def sums(
    loss: tf.Tensor, agrees: tf.Tensor, weight: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Weighted sums of losses; entries with weight 0 are ignored, even if NaN.

    Args:
        loss: float32.
        agrees: bool, with the same shape; whether the student's answer is the
            teacher's.
        weight: bool or float32, with the same shape.
    Returns:
        float32 scalars: loss, correct and weight.
    """
    weight = tf.cast(weight, tf.float32)
    loss = tf.where(weight > 0, loss, tf.zeros_like(loss))
    return {
        "loss": tf.reduce_sum(loss * weight),
        "correct": tf.reduce_sum(tf.cast(agrees, tf.float32) * weight),
        "weight": tf.reduce_sum(weight),
    }


def state_error(student, teacher, width_map=None):
    """Mean squared difference between normalized states.

    Args:
        student, teacher: float [B, S, H]; H may differ.
        width_map: float [H of the student, H of the teacher], if they differ.
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


def relations(
    attention: keras.layers.Layer, x: tf.Tensor, bias: tf.Tensor, heads: int
) -> tf.Tensor:
    """Similarities between the queries, keys and values of tokens.

    Args:
        attention: a SelfAttention layer.
        x: input of the layer, float [B, S, H].
        bias: float32 attention bias, broadcast to [B, 1, S, S].
        heads: R, the number of relation heads that the projections are split
            into. It may differ from the layer's number of heads.
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
    # Masked tokens have probability 0 in both.
    kl = tf.reduce_sum(tf.exp(theirs) * (theirs - mine), axis=-1)
    return tf.reduce_mean(kl, axis=[0, 2])


def token_sums(
    loss: tf.Tensor, inputs: dict[str, tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Sums of a loss, [B, S], over all tokens, without accuracy."""
    mask = inputs["padding_mask"]
    mask = tf.reshape(mask, [-1, tf.shape(mask)[-1]])  # of choices [B C, S]
    return sums(loss, tf.zeros_like(loss), mask)


def _normalized(x):
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + _EPSILON)
