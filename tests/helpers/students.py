"""Students and their teachers, of all heads."""

import functools

import numpy as np
import tensorflow as tf

from albert_tf.compression import distillation
from albert_tf.workflows.common import teacher

B, S, C, K = 4, 10, 3, 2


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def random_weights(model, seed):
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.2, weight.shape))
    return model


def settings(path, **others):
    return distillation.Teacher(
        **{
            "name": str(path),
            "load": functools.partial(teacher.load, str(path)),
            "temperature": 2.0,
            "weight": 0.25,
            "hidden_weight": 0.0,
            "attention_weight": 0.0,
            **others,
        }
    )


def inputs(rng, **others):
    mask = np.arange(S) < np.array([[10], [7], [4], [10]])
    batch = {
        "token_ids": rng.integers(5, 70, (B, S)).astype(np.int32),
        "padding_mask": mask.astype(np.int32),
        "item": np.array([0, 1, 2, -1], np.int32),
        **others,
    }
    return {name: tf.constant(value) for name, value in batch.items()}


def sums(found, network, batch, kind):
    objective = found.adapted("task")
    model = network.models["task"]
    values = objective.sums(model, batch, None)
    weights = objective.weights(batch).numpy()
    np.testing.assert_array_equal(weights, [float(v["weight"]) for v in values])
    return objective, dict(zip(objective.parts, values, strict=True))
