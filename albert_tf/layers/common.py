"""What every layer of ALBERT shares: initializer, norm, dropout, product."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator

import keras
import tensorflow as tf

# ALBERT's epsilon in every layer norm; far below float16's range, so the norms
# compute in float32 whatever the policy (Keras does so for half precision).
LAYER_NORM_EPSILON = 1e-12


def kernel_initializer(stddev: float) -> keras.initializers.Initializer:
    return keras.initializers.TruncatedNormal(stddev=stddev)


def layer_norm(name: str) -> keras.layers.LayerNormalization:
    return keras.layers.LayerNormalization(
        epsilon=LAYER_NORM_EPSILON, name=name
    )


def dense(x, kernel, bias):
    """x [..., in] times kernel [in, out] plus bias [out], in x's dtype."""
    x = factor(x)
    return tf.tensordot(x, tf.cast(kernel, x.dtype), 1) + tf.cast(bias, x.dtype)


_factors = contextvars.ContextVar("factors", default=lambda x: x)


def factor(x):
    """What enters a product in place of x; x itself, but in `factors_as`."""
    return _factors.get()(x)


@contextlib.contextmanager
def factors_as(function: Callable[[tf.Tensor], tf.Tensor]) -> Iterator[None]:
    """In which products are of what `function` makes of their inputs; kernels
    are what they are."""
    before = _factors.set(function)
    try:
        yield
    finally:
        _factors.reset(before)


def dropout(x, rate: float, seed, site: int):
    """Inverted dropout whose mask is a pure function of (seed, site).

    Args:
        x: float tensor.
        rate: share of entries set to 0.
        seed: int32 [2], one per step and replica; None leaves x as it is.
        site: which dropout of the network this is, so that no two share a mask.
    """
    if seed is None or rate == 0:
        return x
    seed = tf.random.experimental.stateless_fold_in(seed, site)
    return tf.nn.experimental.stateless_dropout(x, rate, seed)
