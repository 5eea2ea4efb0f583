"""Attention over long rows, a few heads at a time, with its own gradient.

The scores of a batch, [B, N, S, S], take 100 MB for 8 rows of 512 tokens and 12
heads, and reading and writing them several times takes longer than the products
do. In blocks of a few heads they stay in a processor's cache. The gradient
computes probabilities again from one number per query, so that they are not
kept for it.

Source: Dao et al. 2022, "FlashAttention", 3.1, for computing probabilities
again. Blocks here have whole rows of scores.
"""

import functools
import os
from collections.abc import Callable

import tensorflow as tf

from albert_tf.layers import fusion

# Length of rows, in tokens, from which on blocks are faster than whole batches.
SHORTEST = 384
# A block of 4 heads and 512 tokens has 4 MB of scores.
_MOST_HEADS = 4


def attend(q, k, v, bias, scale: float):
    """softmax(q k^T * scale + bias) v, block by block.

    Args:
        q: float [B, N, Q, D].
        k, v: float [B, N, S, D].
        bias: float32 [B, 1, 1 or Q, S]; it gets no gradient.
        scale: what scores are multiplied by.
    Returns:
        float [B, N, Q, D], in the dtype of q.
    """
    dtype = q.dtype

    @tf.custom_gradient
    def call(q, k, v, bias):
        out, normalizers = _each_block(
            functools.partial(_forward, scale=scale),
            (q, k, v),
            (dtype, tf.float32),
            bias,
        )

        def gradient(upstream):
            found = _each_block(
                functools.partial(_backward, scale=scale),
                (q, k, v, normalizers, upstream),
                (dtype, dtype, dtype),
                bias,
            )
            same = zip(found, (q, k, v), strict=True)
            return [*(tf.ensure_shape(x, of.shape) for x, of in same), None]

        return tf.ensure_shape(out, q.shape), gradient

    # In a branch of tf.cond, the gradient finds only tensors that are made in
    # the branch.
    return call(q, k, v, tf.identity(bias))


def _each_block(
    function: Callable, tensors, dtypes, bias
) -> tuple[tf.Tensor, ...]:
    """Maps function(bias, *tensors) over blocks of heads.

    Args:
        function: of the bias [1, 1 or Q, S] of a row and of tensors [h, ...],
            to as many tensors [h, ...] as there are dtypes.
        tensors: [B, N, ...] each.
        dtypes: of what the function returns.
        bias: float32 [B, 1, 1 or Q, S].
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
        lambda each: function(tf.gather(bias, each[0])[0], *each[1:]),
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
