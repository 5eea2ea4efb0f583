"""Activation functions by their names in `AlbertConfig.hidden_act`."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator

import tensorflow as tf

_fused = contextvars.ContextVar("fused", default=False)


@contextlib.contextmanager
def fused() -> Iterator[None]:
    """A scope in which XLA compiles GELU and its gradient to one pass each.

    TensorFlow's own GELU reads and writes the widest tensor of a block about 8
    times, and its gradient 15 times. On 2 cores with AMX, that is a quarter of
    a bfloat16 step of the base model, and a tenth of a float32 step
    (benchmarks.run --cases='step_base_*_128'). Norms, softmax and dropout did
    not become faster this way.

    Meant for steps that XLA does not compile as a whole, on devices that it
    supports. Not for exports, since other runtimes may lack it.
    """
    before = _fused.set(True)
    try:
        yield
    finally:
        _fused.reset(before)


def _in_one_pass(
    function: Callable[[tf.Tensor], tf.Tensor],
) -> Callable[[tf.Tensor], tf.Tensor]:
    """The same function, compiled if it is called inside `fused`.

    It computes in float32 and keeps only its input for the gradient.
    """

    def forward(x):
        return tf.cast(function(tf.cast(x, tf.float32)), x.dtype)

    def backward(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = forward(x)
        return tape.gradient(y, x, upstream)

    forward_pass = _compiled(forward)
    backward_pass = _compiled(backward)

    @tf.custom_gradient
    def one_pass(x):
        def gradient(upstream):
            return tf.ensure_shape(backward_pass(x, upstream), x.shape)

        return tf.ensure_shape(forward_pass(x), x.shape), gradient

    return lambda x: one_pass(x) if _fused.get() else function(x)


def _compiled(function):
    # Traced for the first shape, then for any shape; XLA compiles each shape.
    return tf.function(
        function, autograph=False, jit_compile=True, reduce_retracing=True
    )


ACTIVATIONS = {
    "gelu": _in_one_pass(lambda x: tf.nn.gelu(x, approximate=True)),
    "gelu_erf": _in_one_pass(lambda x: tf.nn.gelu(x, approximate=False)),
    "relu": tf.nn.relu,
    "tanh": tf.nn.tanh,
    "linear": lambda x: x,
}
