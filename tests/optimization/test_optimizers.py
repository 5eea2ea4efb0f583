"""LAMB and AdamW against their definition, step by step in numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import optimization

RATE, DECAY, EPSILON = 0.1, 0.01, 1e-6


def make(path, value):
    layer = keras.layers.Layer(name=path.split("/")[0])
    return layer.add_weight(
        name=path.split("/")[1],
        shape=np.shape(value),
        initializer=lambda shape, dtype: tf.constant(value, dtype),
    )


def reference(value, gradients, *, lamb, exempt, bias_correction):
    w = np.array(value, np.float64)
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step, gradient in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m, v
        if bias_correction:
            m_hat, v_hat = m / (1 - 0.9**step), v / (1 - 0.999**step)
        u = m_hat / (np.sqrt(v_hat) + EPSILON)
        ratio = 1.0
        if not exempt:
            u = u + DECAY * w
            norms = np.linalg.norm(w), np.linalg.norm(u)
            if lamb and min(norms) > 0:
                ratio = norms[0] / norms[1]
        w = w - RATE * ratio * u
    return w


@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("name", ["lamb", "adamw"])
@pytest.mark.parametrize(
    "path, exempt",
    [
        ("dense/kernel", False),
        ("dense/bias", True),
        ("output/output_bias", True),
        ("layer_norm/gamma", True),
        ("LayerNorm/beta", True),
    ],
)
def test_updates(name, path, exempt, bias_correction):
    rng = np.random.default_rng(0)
    value = rng.normal(size=(3, 4)).astype(np.float32)
    gradients = rng.normal(size=(5, 3, 4)).astype(np.float32)
    variable = make(path, value)
    optimizer = optimization.OPTIMIZERS[name](
        RATE, bias_correction=bias_correction
    )
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [variable])
    expected = reference(
        value,
        gradients,
        lamb=name == "lamb",
        exempt=exempt,
        bias_correction=bias_correction,
    )
    np.testing.assert_allclose(variable, expected, rtol=2e-5, atol=1e-6)


def test_a_trust_ratio_of_nothing_is_one():
    variable = make("dense/kernel", np.zeros((2, 2)))
    optimization.Lamb(RATE).apply([tf.ones((2, 2))], [variable])
    # u = 0.1 / sqrt(0.001) = 3.16 everywhere; ||w|| is 0, so the ratio is 1.
    np.testing.assert_allclose(variable, -RATE * 3.1622, rtol=1e-3)


def test_rows_of_a_gather_that_come_twice_are_added_up():
    dense, sparse = (make("table/kernel", np.ones((3, 2))) for _ in range(2))
    rows = tf.IndexedSlices(
        tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([1, 1]), [3, 2]
    )
    optimization.AdamW(RATE).apply([rows], [sparse])
    optimization.AdamW(RATE).apply([tf.convert_to_tensor(rows)], [dense])
    np.testing.assert_array_equal(dense, sparse)


@pytest.mark.parametrize("name", ["lamb", "adamw"])
def test_serialization(name):
    optimizer = albert_tf.create_optimizer(
        name, learning_rate=0.5, num_train_steps=10, bias_correction=True
    )
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="lamb, adamw.*'lamp'"):
        albert_tf.create_optimizer("lamp", learning_rate=1, num_train_steps=2)
