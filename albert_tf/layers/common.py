"""Functions for all layers: initializer, norm, matrix product, dropout."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator

import keras
import tensorflow as tf

# ALBERT's epsilon in every layer norm. It underflows in float16, so norms
# compute in float32 whatever the policy.
LAYER_NORM_EPSILON = 1e-12


def kernel_initializer(stddev: float) -> keras.initializers.Initializer:
    """A normal distribution truncated at two standard deviations."""
    return keras.initializers.TruncatedNormal(stddev=stddev)


def layer_norm(name: str) -> keras.layers.LayerNormalization:
    """Layer norm over the last axis with ALBERT's epsilon."""
    return _LayerNorm(epsilon=LAYER_NORM_EPSILON, name=name)


class _LayerNorm(keras.layers.LayerNormalization):
    """Keras' layer norm over the last axis, in fewer passes over x."""

    def call(self, inputs):
        x = tf.cast(inputs, tf.float32)
        x -= tf.reduce_mean(x, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.square(x), axis=-1, keepdims=True)
        x *= tf.math.rsqrt(variance + self.epsilon) * self.gamma
        return tf.cast(x + self.beta, self.compute_dtype)


def dense(x, kernel, bias, activation: Callable | None = None):
    """Computes activation(x @ kernel + bias) in the dtype of x.

    TensorFlow on x86 (oneDNN) fuses the three operations if no other operation
    separates them, so the shape of rows is restored at the end.

    Args:
        x: float [..., in].
        kernel: [in, out].
        bias: [out].
        activation: a function of [rows, out], or None.
    Returns:
        [..., out].
    """
    x = factor(x)
    kernel = tf.cast(kernel, x.dtype)
    size, width = kernel.shape
    y = tf.matmul(tf.reshape(x, [-1, size]), kernel) + tf.cast(bias, x.dtype)
    if activation:
        y = activation(y)
    if len(x.shape) == 2:
        return y
    shape = tf.shape(x)
    known = enumerate(x.shape[:-1])
    return tf.reshape(y, [*(n or shape[i] for i, n in known), width])


_factors = contextvars.ContextVar("factors", default=lambda x: x)


def factor(x):
    """The input of a matrix product: x itself, except in `factors_as`."""
    return _factors.get()(x)


@contextlib.contextmanager
def factors_as(function: Callable[[tf.Tensor], tf.Tensor]) -> Iterator[None]:
    """A scope in which matrix products use function(x) in place of input x.

    Kernels are not changed.
    """
    before = _factors.set(function)
    try:
        yield
    finally:
        _factors.reset(before)


def dropout(x, rate: float, seed, site: int):
    """Inverted dropout whose mask is a pure function of (seed, site).

    Args:
        x: float tensor.
        rate: fraction of entries set to 0.
        seed: int32 [2], different for each step and replica; None for no
            dropout.
        site: number of this dropout in the model, so that no two dropouts use
            the same mask.
    """
    if seed is None or rate == 0:
        return x
    seed = tf.random.experimental.stateless_fold_in(seed, site)
    return tf.nn.experimental.stateless_dropout(x, rate, seed)
