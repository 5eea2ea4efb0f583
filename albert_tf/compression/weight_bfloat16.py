"""Weights of 16 bits as constants: half of the size, and the fastest to serve.

A matrix is rounded to bfloat16, as every product of a bfloat16 model does with
it; vectors stay float32. As constants of the graph they are neither read nor
cast nor put together (query, key and value) again in each layer of each call,
which for one short text takes longer than the products: base size, 14 tokens,
2 cores with AMX, 66 ms with variables, 28 ms so (docs/performance_notes.md).
"""

import keras
import tensorflow as tf

from albert_tf import models


def model_of(model: keras.Model) -> keras.Model:
    """The same model, computing in bfloat16."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        twin = type(model).from_config(model.get_config())
    finally:
        keras.config.set_dtype_policy(policy)
    weights = models.named_weights(model)
    for name, weight in models.named_weights(twin).items():
        weight.assign(weights[name])
    return twin


def read_by(model: keras.Model) -> keras.StatelessScope:
    """In which a model of `model_of` computes with constants; enter it inside
    of the function that is traced."""
    scope = keras.StatelessScope()
    for weight in models.named_weights(model).values():
        with tf.init_scope():  # out of the graph that is traced
            value = weight.numpy()
        if value.ndim == 2:
            value = value.astype(tf.bfloat16.as_numpy_dtype)
        # Given as `state_mapping`, it would be cast to the weight's dtype.
        scope.state_mapping[id(weight)] = tf.constant(value)
    return scope
