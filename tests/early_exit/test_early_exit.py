"""Classifiers at every layer: where texts leave, and a loop that stops."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf import models
from albert_tf.early_exit import figure
from albert_tf.early_exit import measure
from albert_tf.early_exit import model as early_exit

B, S, C, L = 9, 7, 3, 5
SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": L,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 30,
}


def make(num_classes=C, seed=1, **changes):
    keras.utils.set_random_seed(seed)
    model = albert_tf.AlbertEarlyExitClassifier(
        albert_tf.AlbertConfig(**{**SIZES, **changes}), num_classes=num_classes
    )
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.4, weight.shape))
    return model


def batch(rows=B, length=S, seed=0):
    rng = np.random.default_rng(seed)
    mask = np.arange(length) < rng.integers(3, length + 1, (rows, 1))
    return {
        "token_ids": tf.constant(rng.integers(5, 50, (rows, length)), tf.int32),
        "segment_ids": tf.constant(
            rng.integers(0, 2, (rows, length)), tf.int32
        ),
        "padding_mask": tf.constant(mask, tf.int32),
    }


def test_where_texts_leave():
    """Classes by layer, and the layer at which each text leaves."""
    classes = np.array([[0, 0, 1, 1, 1], [2, 1, 0, 1, 0], [1, 1, 1, 0, 2]])
    logits = tf.one_hot(classes, C)
    for patience, layers, answers in (
        (1, [1, 1, 1], [0, 2, 1]),
        (2, [2, 5, 2], [0, 0, 1]),
        (3, [5, 5, 3], [1, 0, 1]),
        (5, [5, 5, 5], [1, 0, 2]),
    ):
        found = early_exit.exits(logits, patience)
        assert found["exit_layer"].numpy().tolist() == layers
        assert found["logits"].numpy().argmax(-1).tolist() == answers
    numbers = tf.constant([[0.0, 0.3, 0.35, 0.36, 2.0]])[..., None]
    found = early_exit.exits(numbers, 3, threshold=0.1)
    assert found["exit_layer"].numpy().tolist() == [4]
    assert float(found["logits"][0, 0]) == pytest.approx(0.36)
    for patience in (0, 6):
        with pytest.raises(ValueError, match="Received: .*5 layers"):
            early_exit.exits(logits, patience)


@pytest.mark.parametrize(
    "num_classes, changes",
    [
        (C, {}),
        (1, {}),
        (C, {"num_hidden_groups": 2, "inner_group_num": 2}),
        (C, {"share_parameters": "none"}),
    ],
)
def test_the_loop_answers_as_all_layers_do(num_classes, changes):
    model, inputs = make(num_classes, **changes), batch()
    layer_logits = model(inputs)["layer_logits"]
    assert layer_logits.shape == (B, L, num_classes)
    # Of numbers: half of the neighbours agree.
    threshold = float(np.median(np.abs(np.diff(layer_logits, axis=1))))
    left = set()
    for patience in range(1, L + 1):
        expected = early_exit.exits(layer_logits, patience, threshold)
        found = early_exit.adaptive_call(model, inputs, patience, threshold)
        np.testing.assert_array_equal(
            found["exit_layer"], expected["exit_layer"]
        )
        np.testing.assert_allclose(
            found["logits"], expected["logits"], atol=1e-5
        )
        left |= set(found["exit_layer"].numpy().tolist())
    assert len(left) > 2  # or nothing was compared
    np.testing.assert_allclose(
        found["logits"], model(inputs)["logits"], atol=1e-5
    )


def test_packed_rows_leave_one_by_one():
    model, inputs = make(), batch(rows=4, length=9)
    packed = {
        "token_ids": tf.reshape(inputs["token_ids"], [2, 18]),
        "segment_ids": tf.reshape(inputs["segment_ids"], [2, 18]),
        "padding_mask": tf.reshape(inputs["padding_mask"], [2, 18]),
        "pack_ids": tf.constant([[1] * 9 + [2] * 9] * 2),
        "position_ids": tf.constant([[*range(9)] * 2] * 2),
        "first_positions": tf.constant([[0, 9]] * 2),
    }
    for patience in (2, 3):
        one = early_exit.adaptive_call(model, inputs, patience)
        two = early_exit.adaptive_call(model, packed, patience)
        np.testing.assert_array_equal(
            tf.reshape(two["exit_layer"], [-1]), one["exit_layer"]
        )
        np.testing.assert_allclose(
            tf.reshape(two["logits"], [-1, C]), one["logits"], atol=1e-5
        )


def test_the_loop_stops_and_can_be_exported(tmp_path):
    """In a SavedModel with free batch and length; no layer is run after the
    last text has left."""
    model = make()

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.weights = [w.value for w in model.trainable_variables]

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, None], tf.int32, name="token_ids")
            ]
        )
        def classify(self, token_ids):
            return early_exit.adaptive_call(model, {"token_ids": token_ids}, 2)

    module = Module()
    tf.saved_model.save(module, tmp_path / "saved", signatures=module.classify)
    serve = tf.saved_model.load(tmp_path / "saved").signatures[
        "serving_default"
    ]
    for rows, length in ((2, 5), (7, 12)):
        token_ids = batch(rows, length)["token_ids"]
        expected = early_exit.exits(
            model({"token_ids": token_ids})["layer_logits"], 2
        )
        found = serve(token_ids=token_ids)
        np.testing.assert_allclose(
            found["logits"], expected["logits"], atol=1e-5
        )
        np.testing.assert_array_equal(
            found["exit_layer"], expected["exit_layer"]
        )
    ran = []
    run_layer = model.encoder.transformer.run_layer
    model.encoder.transformer.run_layer = lambda x, bias, layer: (
        ran.append(int(layer)) or run_layer(x, bias, layer)
    )
    early_exit.adaptive_call(model, batch(), 1)
    assert ran == [0]


def test_weights_and_loading(tmp_path):
    model, inputs = make(), batch()
    names = models.named_weights(model)
    assert names[f"classifier_at_{L}/kernel"].shape == (8, C)
    model.save(tmp_path / "model.keras")
    loaded = albert_tf.load(tmp_path / "model.keras")
    assert type(loaded) is albert_tf.AlbertEarlyExitClassifier
    assert loaded.get_config() == model.get_config()
    np.testing.assert_allclose(
        loaded(inputs)["layer_logits"], model(inputs)["layer_logits"], atol=1e-6
    )
    loaded.exit_patience = 1
    found = loaded(inputs)
    assert found["exit_layer"].numpy().max() == 1
    assert "layer_logits" in loaded(inputs, training=True)


def test_deeper_classifiers_count_more():
    """1, 2, ... L times, over their sum; padding rows nothing."""
    model, inputs = make(), batch()
    label = np.arange(B) % C
    item = np.where(np.arange(B) < 7, np.arange(B), -1)
    inputs["label"] = tf.constant(np.where(item < 0, -1, label), tf.int32)
    inputs["item"] = tf.constant(item, tf.int32)
    objective = kinds.KINDS["early_exit"].objective
    (found,) = objective.sums(model, inputs, None)
    logits = model(inputs)["layer_logits"].numpy()[:7]
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    nll = -log_probs[np.arange(7), :, label[:7]]  # [7, L]
    expected = (nll @ np.arange(1, L + 1)).sum() / 15
    assert float(found["loss"]) == pytest.approx(expected, rel=1e-5)
    assert float(found["weight"]) == 7
    right = (logits[:, -1].argmax(-1) == label[:7]).sum()
    assert float(found["correct"]) == right


def test_the_curve(tmp_path):
    model, inputs = make(), batch()
    layer_logits = model(inputs)["layer_logits"].numpy()
    last = layer_logits[:, -1].argmax(-1)
    points = measure.curve(
        model,
        [layer_logits[:4], layer_logits[4:]],
        np.full(B, S),
        lambda parts: float((np.concatenate(parts).argmax(-1) == last).mean()),
        inputs["token_ids"].numpy()[:5],
        early_exit.THRESHOLD,
    )
    by_patience, by_depth = points["patience"], points["depth"]
    assert [point["patience"] for point in by_patience] == [1, 2, 3, 4, 5]
    assert by_patience[-1]["score"] == by_depth[-1]["score"] == 1.0
    assert by_patience[0]["score"] == by_depth[0]["score"] < 1.0
    assert by_patience[0]["flops"] == pytest.approx(by_depth[0]["flops"])
    work = [point["flops"] for point in by_patience]
    assert work == sorted(work)
    assert all(sum(point["exits"]) == B for point in by_patience)
    with open(tmp_path / "curve.png", "wb") as file:
        figure.draw(points, "accuracy", file)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
