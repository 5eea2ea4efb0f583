"""Equal to numbers that Google's own TF1 code made."""

import json

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import losses
from albert_tf import models
from albert_tf.interop import google

pytestmark = pytest.mark.shared
FIXTURES = ("google_tf1_lamb", "google_tf1_adamw")
FEATURES = {
    "token_ids": "input_ids",
    "segment_ids": "segment_ids",
    "padding_mask": "input_mask",
    "mask_positions": "masked_lm_positions",
    "mask_ids": "masked_lm_ids",
    "mask_weights": "masked_lm_weights",
}


@pytest.fixture(params=FIXTURES)
def fixture(request, shared):
    return shared / "fixtures" / request.param


def batch(fixture, number):
    arrays = np.load(fixture / "batches.npz")
    features = {
        ours: tf.constant(arrays[theirs][number])
        for ours, theirs in FEATURES.items()
    }
    features = {
        name: value if value.dtype == tf.float32 else tf.cast(value, tf.int32)
        for name, value in features.items()
    }
    labels = arrays["next_sentence_labels"][number][:, 0]
    return {**features, "sentence_order": tf.constant(labels, tf.int32)}


def mean_losses(model, features):
    out = model(features, training=True)
    masked = losses.masked_lm_sums(
        out["mlm_logits"], features["mask_ids"], features["mask_weights"]
    )
    order = losses.label_sums(
        out["sentence_order_logits"], features["sentence_order"]
    )
    return (
        masked["loss"] / (masked["weight"] + losses.DENOMINATOR_EPSILON),
        order["loss"] / order["weight"],
    )


def test_outputs(fixture):
    model = albert_tf.load(fixture)
    expected = np.load(fixture / "expected.npz")
    features = batch(fixture, 0)
    out, encoded = model(features), model.encoder(features)
    masked_lm_loss, order_loss = mean_losses(model, features)
    vocab_size = model.config.vocab_size
    for ours, theirs in [
        (encoded["embedding_output"], "embedding_output"),
        (tf.stack(encoded["layer_outputs"]), "all_encoder_layers"),
        (encoded["sequence_output"], "sequence_output"),
        (encoded["pooled_output"], "pooled_output"),
        (
            tf.reshape(tf.nn.log_softmax(out["mlm_logits"]), [-1, vocab_size]),
            "masked_lm_log_probs",
        ),
        (
            tf.nn.log_softmax(out["sentence_order_logits"]),
            "sentence_order_log_probs",
        ),
        (masked_lm_loss, "masked_lm_loss"),
        (order_loss, "sentence_order_loss"),
    ]:
        np.testing.assert_allclose(
            ours, expected[theirs], atol=1e-5, rtol=0, err_msg=theirs
        )


def test_twenty_optimizer_steps(fixture):
    model = albert_tf.load(fixture)
    expected = np.load(fixture / "expected.npz")["train_losses"]
    recipe = json.loads((fixture / "recipe.json").read_text())
    optimizer = albert_tf.create_optimizer(
        recipe["optimizer"],
        learning_rate=recipe["learning_rate"],
        num_train_steps=recipe["num_train_steps"],
        num_warmup_steps=recipe["num_warmup_steps"],
        weight_decay_rate=recipe["weight_decay"],
    )
    weights = model.trainable_variables

    @tf.function
    def step(features):
        with tf.GradientTape() as tape:
            pair = mean_losses(model, features)
            loss = pair[0] + pair[1]
        gradients, _ = tf.clip_by_global_norm(
            tape.gradient(loss, weights), recipe["clip_norm"]
        )
        optimizer.apply(gradients, weights)
        return tf.stack(pair)

    seen = [step(batch(fixture, number)) for number in range(recipe["steps"])]
    np.testing.assert_allclose(seen, expected, rtol=1e-5)

    names = google.names()
    trained = tf.train.load_checkpoint(str(fixture / "model.ckpt-trained"))
    for name, weight in models.named_weights(model).items():
        value = trained.get_tensor(names.theirs(name))
        value = value.T if names.transposed(name) else value
        scale = np.abs(value).max()
        np.testing.assert_allclose(
            weight, value, rtol=0, atol=1e-4 * scale, err_msg=name
        )


def test_every_name_of_theirs_is_one_of_ours(fixture):
    reader = tf.train.load_checkpoint(str(fixture / "model.ckpt-best"))
    theirs = set(reader.get_variable_to_shape_map()) - {"global_step"}
    ours = models.named_weights(albert_tf.load(fixture))
    assert {google.names().theirs(name) for name in ours} == theirs


@pytest.mark.parametrize("suffix", ["", ".index", ".data-00000-of-00001"])
def test_a_checkpoint_may_be_named_by_any_of_its_files(shared, suffix):
    prefix = shared / "fixtures/google_tf1_lamb/model.ckpt-trained"
    assert albert_tf.load(f"{prefix}{suffix}").config.hidden_size == 64
