"""Quantization-aware training for int8.

In the forward pass, matrices are rounded as in `weight_int8`, and inputs of
matrix products are rounded to 256 steps between the smallest and the largest
value in the batch (0 included), as in LiteRT's int8 kernels: asymmetric, with
one range for each tensor. Gradients ignore the rounding (straight-through
estimator). The saved weights are float32, close to values that int8 can
represent.

Ranges are measured on each batch, as in LiteRT's dynamic quantization. Full
int8 in LiteRT uses the range over all sample batches, which is slightly wider.

Source: Jacob et al. 2017, "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference"; Zafrir et al. 2019,
    "Q8BERT: Quantized 8Bit BERT".
"""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

from albert_tf import objectives
from albert_tf.compression import weight_int8
from albert_tf.layers import common


def adapted(
    objective: objectives.Objective, weights: dict[str, keras.Variable]
) -> objectives.Objective:
    """The same objective, computed with rounded weights and inputs.

    Args:
        objective: the objective.
        weights: weights of the model, by name.
    """

    @contextlib.contextmanager
    def rounded() -> Iterator[None]:
        axes = {
            name: weight_int8.channel_axis(name, weight.shape)
            for name, weight in weights.items()
        }
        mapping = [
            (weights[name], rounded_weight(weights[name].value, axis))
            for name, axis in axes.items()
            if axis is not None
        ]
        with (
            keras.StatelessScope(state_mapping=mapping),
            common.factors_as(rounded_input),
        ):
            yield

    return objectives.within(objective, rounded)


def rounded_weight(value: tf.Tensor, axis: int) -> tf.Tensor:
    """Rounds a weight to int8; gradients ignore the rounding."""

    def through_int8(value):
        return weight_int8.dequantize(*weight_int8.quantize(value, axis))

    return tf.grad_pass_through(through_int8)(tf.convert_to_tensor(value))


def rounded_input(x: tf.Tensor) -> tf.Tensor:
    """Rounds a float tensor to 256 steps, in its own dtype."""
    value = tf.cast(x, tf.float32)
    least = tf.stop_gradient(tf.minimum(tf.reduce_min(value), 0.0))
    largest = tf.stop_gradient(tf.maximum(tf.reduce_max(value), 0.0))
    # Gradients are 1, or 0 for values that are clipped at one end, where the
    # range is shifted so that 0 is one of the steps.
    rounded = tf.quantization.fake_quant_with_min_max_vars(
        value, least, largest
    )
    return tf.cast(rounded, x.dtype)
