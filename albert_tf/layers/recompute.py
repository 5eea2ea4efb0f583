"""Activations that the backward pass computes again instead of keeping them."""

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

    `tf.recompute_grad` (and so `keras.remat`) does this only outside of XLA: a
    compiler sees the same operations twice and merges them again. Here, the
    second pass takes its inputs from behind a barrier that waits for the
    gradient from above, so that it can be neither merged nor moved forward.

    Args:
        function: a pure function of one float tensor and of `variables`. Its
            random numbers must come from an explicit seed, or the second pass
            would draw others. Whatever else it uses has no gradient.
        variables: all variables that it reads.
        compiled: whether XLA compiles the caller; no other executor knows XLA's
            barrier.
    """

    def run(x, *weights):
        """`function`, reading these tensors where it reads the variables."""
        mapping = list(zip(variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return function(x)

    # The backward pass is built later: it needs the context variables of now.
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
