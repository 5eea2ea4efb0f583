"""Activations computed again in the backward pass instead of being kept."""

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
    """The same function, of which only the input is kept for its gradient.

    `tf.recompute_grad` (and with it `keras.remat`) does this outside of XLA
    only: a compiler sees the same operations twice and merges them again. Here
    the second time takes its inputs from behind a barrier that waits for the
    gradient from above, so it can be neither merged nor moved forward.

    Args:
        function: of one float tensor; a pure function of it and of `variables`.
            What is random in it must come from an explicit seed, or the second
            time would draw other numbers. What else it takes from around it has
            no gradient.
        variables: all that it reads.
        compiled: whether XLA compiles what this is called in, whose barrier is
            known to no other executor.
    """

    def run(x, *weights):
        """`function`, reading these tensors where it reads the variables."""
        mapping = list(zip(variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return function(x)

    # The backward pass is built elsewhere: what holds here must hold there.
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
