"""Weights of 8 bits: a quarter of the size, products as before.

Each matrix W is kept as whole numbers from -127 to 127 and float32 scales,

    W ~ scale * int8,    scale = max |W| / 127,

a scale for each output channel of a kernel, and for each row of an embedding
table. The graph multiplies them out where a weight is read, once a call;
vectors (biases, norms) stay what they are. Being variables and no constants,
they are folded together neither in the file nor when it is loaded.
"""

import keras
import tensorflow as tf

from albert_tf import models

_LARGEST = 127


def channel_axis(name: str, shape) -> int | None:
    """The axis along which weights share a scale; None: it is not quantized.

    Args:
        name: of models.named_weights.
        shape: of the weight.
    """
    if len(shape) != 2:
        return None
    return 1 if name.startswith("encoder/embeddings/") else 0


def quantize(value, axis: int) -> tuple[tf.Tensor, tf.Tensor]:
    """int8 numbers and float32 scales, which have a size of 1 in `axis`."""
    value = tf.convert_to_tensor(value, tf.float32)
    largest = tf.reduce_max(tf.abs(value), axis=axis, keepdims=True)
    scale = largest / _LARGEST
    # What is all 0 stays so.
    numbers = tf.round(tf.math.divide_no_nan(value, scale))
    return tf.cast(numbers, tf.int8), scale


def dequantize(numbers, scale) -> tf.Tensor:
    return tf.cast(numbers, tf.float32) * scale


class Int8Weights(tf.Module):
    """The weights of a model, as a SavedModel is to hold them.

    Args:
        model: one of ours.
    Attributes:
        numbers, scales: tf.Variables by name, of what is quantized.
        others: by name, the model's own variables.
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
        """In which the model computes with these weights; of a graph, enter it
        inside of the function that is traced."""
        # Not kept as an attribute: a SavedModel would hold the floats too.
        weights = models.named_weights(model)
        return keras.StatelessScope(
            state_mapping=[
                (weights[name], dequantize(numbers, self.scales[name]))
                for name, numbers in self.numbers.items()
            ]
        )
