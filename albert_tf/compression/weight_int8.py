"""8-bit weights: a quarter of the size, with products in float32.

Each matrix W is stored as integers from -127 to 127 and float32 scales,

    W ~ scale * int8,    scale = max |W| / 127,

with one scale for each output channel of a kernel or each row of an embedding
table. The graph multiplies them when it reads a weight, once per call. Vectors
(biases, norms) are not quantized. Integers and scales are variables rather than
constants, so that constant folding does not multiply them in the file or when
it is loaded.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from albert_tf import models

_LARGEST = 127


def channel_axis(name: str, shape: Sequence[int]) -> int | None:
    """The axis along which weights share a scale; None if not quantized.

    Args:
        name: name of a weight in `models.named_weights`.
        shape: shape of the weight.
    """
    if len(shape) != 2 or name.endswith("bias"):
        return None
    return 1 if name.startswith("encoder/embeddings/") else 0


def quantize(value: tf.Tensor, axis: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Quantizes a matrix to int8 with float32 scales.

    Args:
        value: float [rows, columns].
        axis: the axis along which weights share a scale.
    Returns:
        int8 of the same shape, and float32 scales with size 1 along `axis`.
    """
    value = tf.convert_to_tensor(value, tf.float32)
    largest = tf.reduce_max(tf.abs(value), axis=axis, keepdims=True)
    scale = largest / _LARGEST
    # Rows or columns of zeros stay zero.
    numbers = tf.round(tf.math.divide_no_nan(value, scale))
    return tf.cast(numbers, tf.int8), scale


def dequantize(numbers: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Computes float32 weights from int8 and scales."""
    return tf.cast(numbers, tf.float32) * scale


class Int8Weights(tf.Module):
    """The quantized weights of a model, as its SavedModel holds them.

    Args:
        model: any model of this package.
    Attributes:
        numbers, scales: tf.Variables of the quantized weights, by name.
        others: the model's own variables for the other weights, by name.
    """

    def __init__(self, model: keras.Model):
        super().__init__()
        self.numbers, self.scales, self.others = {}, {}, {}
        for name, weight in models.named_weights(model).items():
            axis = channel_axis(name, weight.shape)
            if axis is None:
                self.others[name] = weight.value
                continue
            numbers, scale = quantize(weight.value, axis)
            self.numbers[name] = tf.Variable(numbers, trainable=False)
            self.scales[name] = tf.Variable(scale, trainable=False)

    def read_by(self, model: keras.Model) -> keras.StatelessScope:
        """A scope in which the model computes with these weights.

        Enter this scope inside the function that is traced.
        """
        # Not an attribute, or the SavedModel would contain the floats, too.
        weights = models.named_weights(model)
        return keras.StatelessScope(
            state_mapping=[
                (weights[name], dequantize(numbers, self.scales[name]))
                for name, numbers in self.numbers.items()
            ]
        )
