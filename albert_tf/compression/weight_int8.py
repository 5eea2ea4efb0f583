"""8-bit weights: a quarter of the size; products are computed as before.

Each matrix W is stored as whole numbers from -127 to 127 and float32 scales,

    W ~ scale * int8,    scale = max |W| / 127,

one scale for each output channel of a kernel, or each row of an embedding
table. The graph multiplies them where a weight is read, once for each call.
Vectors (biases, norms) stay as they are. Numbers and scales are variables, not
constants, so that neither the file nor the loader folds them together.
"""

import keras
import tensorflow as tf

from albert_tf import models

_LARGEST = 127


def channel_axis(name: str, shape) -> int | None:
    """The axis along which weights share a scale; None: not quantized.

    Args:
        name: name of a weight in `models.named_weights`.
        shape: its shape.
    """
    if len(shape) != 2:
        return None
    return 1 if name.startswith("encoder/embeddings/") else 0


def quantize(value, axis: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The int8 numbers and float32 scales of a matrix.

    Args:
        value: float [rows, columns].
        axis: the axis along which weights share a scale.
    Returns:
        int8 of the same shape; float32 scales of size 1 along `axis`.
    """
    value = tf.convert_to_tensor(value, tf.float32)
    largest = tf.reduce_max(tf.abs(value), axis=axis, keepdims=True)
    scale = largest / _LARGEST
    # Rows or columns of zeros stay zeros.
    numbers = tf.round(tf.math.divide_no_nan(value, scale))
    return tf.cast(numbers, tf.int8), scale


def dequantize(numbers, scale) -> tf.Tensor:
    """The float32 weights that int8 numbers and their scales stand for."""
    return tf.cast(numbers, tf.float32) * scale


class Int8Weights(tf.Module):
    """The weights of a model, as its SavedModel holds them.

    Args:
        model: one of ours.
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

        Enter it inside the function that is traced.
        """
        # Not kept as an attribute: a SavedModel would hold the floats too.
        weights = models.named_weights(model)
        return keras.StatelessScope(
            state_mapping=[
                (weights[name], dequantize(numbers, self.scales[name]))
                for name, numbers in self.numbers.items()
            ]
        )
