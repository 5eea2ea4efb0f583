"""Training that knows of int8: products of rounded numbers, whole gradients.

In the forward pass matrices are what `weight_int8` makes of them, and inputs
of products are rounded to 256 steps between the least and the largest of the
batch (0 among them), as LiteRT's int8 kernels take them: asymmetric, one range
a tensor. Gradients pass as if nothing was rounded ("straight through"). The
weights that are saved are those of float32, near to what int8 can hold.

Ranges are those of each batch, as in LiteRT's dynamic quantization; its full
int8 takes the range over all sample batches, which is a little wider.

Source: Jacob et al. 2017, "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference"; Zafrir et al. 2019,
    "Q8BERT: Quantized 8Bit BERT".
"""

import dataclasses

import keras
import tensorflow as tf

from albert_tf import objectives
from albert_tf.compression import weight_int8
from albert_tf.layers import common


def adapted(
    objective: objectives.Objective, weights: dict[str, keras.Variable]
) -> objectives.Objective:
    """The same objective, of a model that is rounded.

    Args:
        weights: of the model, by name.
    """

    def sums(model, batch, dropout_seed):
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
            return objective.sums(model, batch, dropout_seed)

    return dataclasses.replace(objective, sums=sums)


def rounded_weight(value, axis: int) -> tf.Tensor:
    """As int8 has it; its gradient is that of `value`."""

    def through_int8(value):
        return weight_int8.dequantize(*weight_int8.quantize(value, axis))

    return tf.grad_pass_through(through_int8)(tf.convert_to_tensor(value))


def rounded_input(x) -> tf.Tensor:
    """Any float tensor in 256 steps, of its own dtype."""
    value = tf.cast(x, tf.float32)
    least = tf.stop_gradient(tf.minimum(tf.reduce_min(value), 0.0))
    largest = tf.stop_gradient(tf.maximum(tf.reduce_max(value), 0.0))
    # Gradients are 1, but 0 of what moving 0 onto a step cuts off at one end.
    rounded = tf.quantization.fake_quant_with_min_max_vars(
        value, least, largest
    )
    return tf.cast(rounded, x.dtype)
