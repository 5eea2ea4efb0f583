"""Rounded products: their forward pass, their gradients, and what they do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf import objectives
from albert_tf.compression import quantization_aware
from albert_tf.compression import weight_int8
from albert_tf.finetuning import lora as lora_lib
from albert_tf.layers import common
from albert_tf.layers import execution

SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 30,
}


def make():
    keras.utils.set_random_seed(0)
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**SIZES), num_classes=3
    )
    rng = np.random.default_rng(1)
    for weight in model.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    return model


def batch(rows=9, length=7, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "token_ids": tf.constant(rng.integers(5, 50, (rows, length)), tf.int32),
        "label": tf.constant(rng.integers(0, 3, rows), tf.int32),
    }


def test_a_weight_is_what_int8_holds_and_its_gradient_passes():
    value = tf.constant(np.random.default_rng(0).normal(size=(5, 4)))
    value = tf.Variable(tf.cast(value, tf.float32))
    for axis in (0, 1):
        with tf.GradientTape() as tape:
            rounded = quantization_aware.rounded_weight(value, axis)
            loss = tf.reduce_sum(rounded**2)
        numbers, scale = weight_int8.quantize(value, axis)
        np.testing.assert_array_equal(
            rounded, weight_int8.dequantize(numbers, scale)
        )
        np.testing.assert_allclose(tape.gradient(loss, value), 2 * rounded)


def test_an_input_has_256_steps_with_0_among_them():
    x = tf.constant(np.linspace(-0.3, 2.0, 5000), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = quantization_aware.rounded_input(x)
    assert len(np.unique(y)) == 256 and 0 in y.numpy()
    # Half a step, and what moving 0 onto one cuts off: at most another half.
    assert np.abs(y - x).max() <= 2.3 / 255 + 1e-6
    assert np.mean(tape.gradient(y, x)) > 0.99
    for x in (tf.zeros([3, 2]), tf.ones([2], tf.bfloat16)):
        y = quantization_aware.rounded_input(x)
        assert y.dtype == x.dtype
        np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize("depth", execution.DEPTHS)
@pytest.mark.parametrize("recompute", [False, True])
def test_forward_and_gradients_of_a_model(depth, recompute):
    model, data = make(), batch()
    model.encoder.execution = execution.Execution(
        depth=depth, recompute=recompute
    )
    weights = models.named_weights(model)
    plain = objectives.CLASSIFICATION
    adapted = quantization_aware.adapted(plain, weights)

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            loss = adapted.sums(model, data, None)[0]["loss"]
        return loss, tape.gradient(loss, list(weights.values()))

    loss, gradients = run()
    # The weights that int8 has, and rounded inputs. Each must show by itself.
    with weight_int8.Int8Weights(model).read_by(model):
        weights_only = plain.sums(model, data, None)[0]["loss"]
        with common.factors_as(quantization_aware.rounded_input):
            expected = plain.sums(model, data, None)[0]["loss"]
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert abs(float(expected - weights_only)) > 5e-5 * float(expected)
    unrounded = plain.sums(model, data, None)[0]["loss"]
    assert abs(float(weights_only - unrounded)) > 5e-5 * float(unrounded)
    for name, gradient in zip(weights, gradients, strict=True):
        gradient = tf.convert_to_tensor(gradient).numpy()
        assert np.isfinite(gradient).all(), name
        if name != "encoder/transformer/group_0_inner_0_attention/key_bias":
            assert np.abs(gradient).max() > 1e-6, name
    if recompute:
        model.encoder.execution = execution.Execution(depth=depth)
        for found, wanted in zip(gradients, run_again(run), strict=True):
            np.testing.assert_allclose(
                tf.convert_to_tensor(found),
                tf.convert_to_tensor(wanted),
                rtol=1e-3,
                atol=1e-5,
            )


def run_again(run):
    return tf.function(run.python_function)()[1]


def test_with_lora_the_sums_are_rounded():
    model, data = make(), batch()
    weights = models.named_weights(model)
    aware = quantization_aware.adapted(objectives.CLASSIFICATION, weights)
    lora = lora_lib.Lora(weights, rank=2, alpha=2.0, seed=0)
    rng = np.random.default_rng(2)
    for name, b in lora.trained.items():
        if name.endswith("lora_b"):
            b.assign(rng.normal(0, 0.3, b.shape))
    with tf.GradientTape() as tape:
        loss = lora.adapted(aware).sums(model, data, None)[0]["loss"]
    gradients = tape.gradient(loss, list(lora.trained.values()))
    for name, gradient in zip(lora.trained, gradients, strict=True):
        assert np.abs(gradient).max() > 1e-6, name
    before = aware.sums(model, data, None)[0]["loss"]
    lora.merge()
    after = aware.sums(model, data, None)[0]["loss"]
    assert float(loss) == pytest.approx(float(after), rel=1e-5)
    assert abs(float(after - before)) > 1e-3
