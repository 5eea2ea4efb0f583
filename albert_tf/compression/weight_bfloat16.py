"""16-bit weights as constants: half the size, and the fastest to serve.

Matrices are rounded to bfloat16, as in each product of a bfloat16 model;
vectors stay float32. Since they are constants of the graph, they need not be
read, cast and concatenated (query, key and value) in each layer of each call,
and oneDNN arranges them for its products only once. It does so for each product
in the graph, so layers that share weights run as a loop: the base model then
reads the same 14 MB repeatedly instead of 12 times as much. See
docs/performance_notes.md for times.
"""

import keras
import tensorflow as tf

from albert_tf import models
from albert_tf.layers import execution


def model_of(model: keras.Model) -> keras.Model:
    """Returns a copy of the model that computes in bfloat16."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        twin = type(model).from_config(model.get_config())
    finally:
        keras.config.set_dtype_policy(policy)
    twin.untrained_heads = model.untrained_heads
    weights = models.named_weights(model)
    for name, weight in models.named_weights(twin).items():
        weight.assign(weights[name])
    twin.encoder.execution = execution.Execution(depth="loop", constants=True)
    return twin


def read_by(model: keras.Model) -> keras.StatelessScope:
    """A scope in which a model from `model_of` reads constants.

    Enter this scope inside the function that is traced.
    """
    return _Constants(models.named_weights(model).values())


class _Constants(keras.StatelessScope):
    """A scope in which weights are constants of each graph that reads them.

    A constant from outside a loop is not a constant in the loop's body.
    """

    def __init__(self, weights):
        super().__init__()
        with tf.init_scope():  # outside of the traced graph
            self.values = {id(weight): _rounded(weight) for weight in weights}
        self.constants = {}

    def get_current_value(self, variable):
        value = self.values.get(id(variable))
        if value is None:
            return None
        place = tf.compat.v1.get_default_graph(), id(variable)
        if place not in self.constants:
            self.constants[place] = tf.constant(value)
        return self.constants[place]


def _rounded(weight):
    value = weight.numpy()
    return (
        value.astype(tf.bfloat16.as_numpy_dtype) if value.ndim == 2 else value
    )
