"""Activation functions by their names in `AlbertConfig.hidden_act`."""

from collections.abc import Callable

import tensorflow as tf

from albert_tf.layers import fusion


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

    forward_pass = fusion.compiled(forward)
    backward_pass = fusion.compiled(backward)

    @tf.custom_gradient
    def one_pass(x):
        def gradient(upstream):
            return tf.ensure_shape(backward_pass(x, upstream), x.shape)

        return tf.ensure_shape(forward_pass(x), x.shape), gradient

    return lambda x: one_pass(x) if fusion.is_fused() else function(x)


ACTIVATIONS = {
    "gelu": _in_one_pass(lambda x: tf.nn.gelu(x, approximate=True)),
    "gelu_erf": _in_one_pass(lambda x: tf.nn.gelu(x, approximate=False)),
    "relu": tf.nn.relu,
    "tanh": tf.nn.tanh,
    "linear": lambda x: x,
}
