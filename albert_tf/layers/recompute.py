"""Recomputes activations in the backward pass instead of storing them."""

import contextvars
from collections.abc import Callable
from collections.abc import Sequence

import keras
import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla


def recomputed(
    function: Callable[[tf.Tensor], tf.Tensor],
    variables: Sequence[keras.Variable],
    *,
    compiled: bool,
) -> Callable[[tf.Tensor], tf.Tensor]:
    """The same function, which keeps only its input for the gradient.

    `tf.recompute_grad`, and so `keras.remat`, has no effect under XLA, which
    merges identical operations of both passes. Here, the second pass gets its
    inputs through a barrier that waits for the upstream gradient, so that it
    can neither be merged nor run earlier.

    Args:
        function: a pure function of one float tensor and of `variables`. Its
            random numbers must come from an explicit seed, so that both passes
            draw the same. Other values that it uses get no gradient.
        variables: all variables that it reads.
        compiled: whether XLA compiles the caller; only XLA supports its
            barrier.
    """

    def run(x, *weights):
        """Calls `function` with these tensors in place of the variables."""
        mapping = list(zip(variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return function(x)

    # The backward pass is built later, but needs the current context variables.
    context = contextvars.copy_context()

    @tf.custom_gradient
    def call(x, *weights):
        def gradient(upstream):
            inputs = _wait_for(upstream, [x, *weights], compiled)
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                y = context.run(run, *inputs)
            return tape.gradient(y, inputs, output_gradients=upstream)

        return run(x, *weights), gradient

    return lambda x: call(x, *map(tf.convert_to_tensor, variables))


def _wait_for(upstream, tensors, compiled: bool):
    if compiled:
        _, *tensors = xla.optimization_barrier(upstream, *tensors)
        return tensors
    with tf.control_dependencies([upstream]):
        return [tf.identity(tensor) for tensor in tensors]
