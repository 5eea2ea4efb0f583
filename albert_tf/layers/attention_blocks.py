"""Attention over long rows, a few heads at a time, with its own gradient.

The scores of a batch, [B, N, S, S], take 100 MB for 8 rows of 512 tokens and 12
heads, and reading and writing them several times takes longer than the products
do. In blocks of a few heads they stay in a processor's cache. The gradient
computes probabilities again from one number per query, so that they are not
kept for it.

Source: Dao et al. 2022, "FlashAttention", 3.1, for computing probabilities
again. Blocks here have whole rows of scores.
"""

import os
from collections.abc import Callable

import tensorflow as tf

from albert_tf.layers import fusion

# Length of rows, in tokens, from which on blocks are faster than whole batches.
SHORTEST = 384
# A block of 4 heads and 512 tokens has 4 MB of scores.
_MOST_HEADS = 4


def attend(q, k, v, bias, scale: float):
    """softmax(q k^T * scale + bias) v, in blocks if rows are long.

    Args:
        q: float [B, N, Q, D].
        k, v: float [B, N, S, D].
        bias: float32 [B, 1, 1 or Q, S]; it gets no gradient.
        scale: what scores are multiplied by.
    Returns:
        float [B, N, Q, D], in the dtype of q.
    """
    length = k.shape[2]
    is_long = (tf.shape(k)[2] if length is None else length) >= SHORTEST

    @tf.custom_gradient
    def call(q, k, v, bias):
        # Keeps probabilities of short rows, and normalizers of long ones.
        out, kept = _either(
            is_long,
            lambda: _each_block(
                _forward, (q, k, v), (q.dtype, tf.float32), bias, scale
            ),
            lambda: _forward_whole(bias, q, k, v, scale),
        )

        def gradient(upstream):
            tensors = (q, k, v, kept, upstream)
            found = _either(
                is_long,
                lambda: _each_block(
                    _backward, tensors, (q.dtype,) * 3, bias, scale
                ),
                lambda: _backward_whole(*tensors, scale),
            )
            same = zip(found, (q, k, v), strict=True)
            return [*(tf.ensure_shape(x, of.shape) for x, of in same), None]

        return tf.ensure_shape(out, q.shape), gradient

    return call(q, k, v, bias)


def _either(condition, yes: Callable, no: Callable) -> tuple[tf.Tensor, ...]:
    """yes() or no(), by a condition that may be a tensor."""
    if isinstance(condition, bool):
        return yes() if condition else no()
    return tf.cond(condition, yes, no)


def _each_block(
    function: Callable, tensors, dtypes, bias, scale: float
) -> tuple[tf.Tensor, ...]:
    """Maps function(bias, *tensors, scale) over blocks of heads.

    Args:
        function: of the bias [1, 1 or Q, S] of a row and of tensors [h, ...],
            to as many tensors [h, ...] as there are dtypes.
        tensors: [B, N, ...] each.
        dtypes: of what the function returns.
        bias: float32 [B, 1, 1 or Q, S].
        scale: what scores are multiplied by.
    Returns:
        tensors [B, N, ...].
    """
    heads = tensors[0].shape[1]
    if tf.config.list_logical_devices("GPU"):
        size = heads  # a GPU has no use for small blocks
    else:
        size = max(h for h in range(1, _MOST_HEADS + 1) if heads % h == 0)
    blocks = [tf.reshape(t, [-1, size, *_shape(t)[2:]]) for t in tensors]
    rows = tf.range(tf.shape(blocks[0])[0]) // (heads // size)
    found = tf.map_fn(
        lambda each: function(tf.gather(bias, each[0])[0], *each[1:], scale),
        (rows, *blocks),
        fn_output_signature=dtypes,
        parallel_iterations=os.cpu_count() or 1,
    )
    return tuple(tf.reshape(t, [-1, heads, *_shape(t)[2:]]) for t in found)


def _forward(bias, q, k, v, scale: float):
    """A block's output, [h, Q, D], and its normalizers, float32 [h, Q, 1]."""
    scores = tf.matmul(q, k, transpose_b=True)
    probs, normalizers = _probabilities(scores, bias, scale)
    return tf.matmul(probs, v), normalizers


def _backward(bias, q, k, v, normalizers, upstream, scale: float):
    """The gradients of a block's q, k and v."""
    scores = tf.matmul(q, k, transpose_b=True)
    of_probs = tf.matmul(upstream, v, transpose_b=True)
    probs, of_scores = _of_scores(scores, bias, normalizers, of_probs, scale)
    return (
        tf.matmul(of_scores, k),
        tf.matmul(of_scores, q, transpose_a=True),
        tf.matmul(probs, upstream, transpose_a=True),
    )


def _forward_whole(bias, q, k, v, scale: float):
    """The output of all heads, [B, N, Q, D], and the probabilities, float32
    [B, N, Q, S]."""
    scores = tf.matmul(q, k, transpose_b=True)
    probs = tf.nn.softmax(tf.cast(scores, tf.float32) * scale + bias)
    return tf.matmul(tf.cast(probs, v.dtype), v), probs


def _backward_whole(q, k, v, probs, upstream, scale: float):
    """The gradients of q, k and v of all heads."""
    of_probs = tf.cast(tf.matmul(upstream, v, transpose_b=True), tf.float32)
    mean = tf.reduce_sum(probs * of_probs, axis=-1, keepdims=True)
    of_scores = tf.cast(probs * (of_probs - mean) * scale, q.dtype)
    return (
        tf.matmul(of_scores, k),
        tf.matmul(of_scores, q, transpose_a=True),
        tf.matmul(tf.cast(probs, q.dtype), upstream, transpose_a=True),
    )


@fusion.compiled
def _probabilities(scores, bias, scale):
    """Probabilities in the dtype of the scores, and the logarithm of the sum
    that makes each query's add up to 1."""
    x = tf.cast(scores, tf.float32) * scale + bias
    top = tf.reduce_max(x, axis=-1, keepdims=True)
    powers = tf.exp(x - top)
    total = tf.reduce_sum(powers, axis=-1, keepdims=True)
    return tf.cast(powers / total, scores.dtype), top + tf.math.log(total)


@fusion.compiled
def _of_scores(scores, bias, normalizers, of_probs, scale):
    """Probabilities, and the gradient of the scores, in the scores' dtype."""
    x = tf.cast(scores, tf.float32) * scale + bias
    probs = tf.exp(x - normalizers)
    of_probs = tf.cast(of_probs, tf.float32)
    mean = tf.reduce_sum(probs * of_probs, axis=-1, keepdims=True)
    of_scores = probs * (of_probs - mean) * scale
    return tf.cast(probs, scores.dtype), tf.cast(of_scores, scores.dtype)


def _shape(tensor) -> list:
    """The sizes of a tensor, as numbers where they are known."""
    sizes = tf.shape(tensor)
    return [size or sizes[i] for i, size in enumerate(tensor.shape)]
