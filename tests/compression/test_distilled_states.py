"""Hidden states and attention of a student and its teacher, by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf
from students import B
from students import C
from students import S
from students import inputs
from students import settings
from students import softmax
from students import sums

import albert_tf
from albert_tf.compression import distillation_losses


def test_a_teacher_of_itself_costs_its_own_entropy(make, teachers, sizes):
    """The gradient is 0 there, for every kind and every term."""
    rng = np.random.default_rng(0)
    spans = {
        "start_positions": np.array([1, 3, 0, 0], np.int32),
        "end_positions": np.array([2, 3, 0, 0], np.int32),
        "unanswerable": np.array([0, 0, 1, -1], np.int32),
        "span_mask": np.array([[1, 1, 1, 1, 0, 0, 1, 1, 1, 0]] * B, np.int32),
    }
    choices = {
        name: rng.integers(5, 70, (B, C, S)).astype(np.int32)
        for name in ("token_ids",)
    }
    choices["padding_mask"] = np.ones((B, C, S), np.int32)
    ones = np.array([0, 2, 1, -1], np.int32)
    for kind, name, labels in (
        ("classification", "classifier", {"label": ones}),
        ("multiple_choice", "choice", {"label": ones, **choices}),
        ("regression", "number", {"label": ones.astype(np.float32)}),
        ("multilabel", "classifier", {"label": np.ones((B, C), np.float32)}),
        ("tagging", "tagger", {"label": np.ones((B, S), np.int32)}),
        ("span", "span", spans),
        ("conditional_span", "conditional", spans),
    ):
        path = teachers / f"{name}.keras"
        network, found = make(
            kind,
            settings(path, weight=1.0, hidden_weight=1.0, attention_weight=1.0),
            hidden_size=32,
            num_hidden_layers=4,
        )
        assert found.trained == {}
        for mine, theirs in zip(
            network.models["task"].trainable_variables,
            albert_tf.load(path).trainable_variables,
            strict=True,
        ):
            mine.assign(theirs)
        batch = inputs(rng, **labels)
        objective = found.adapted("task")
        model = network.models["task"]
        with tf.GradientTape() as tape:
            values = objective.sums(model, batch, None)
            loss = objective.loss(values, objective.weights(batch))
        gradients = tape.gradient(
            loss,
            [weight.value for weight in model.trainable_variables],
            unconnected_gradients="zero",
        )
        norm = float(tf.linalg.global_norm(gradients))
        assert norm < 1e-4, kind
        values = dict(zip(objective.parts, values, strict=True))
        assert (
            values["distill_label"]["correct"]
            == (values["distill_label"]["weight"])
        )
        for part in ("distill_hidden", "distill_attention"):
            assert abs(float(values[part]["loss"])) < 1e-4, kind


def test_states_through_the_width_map(make, teachers):
    rng = np.random.default_rng(0)
    batch = inputs(rng, label=np.array([0, 2, 1, -1], np.int32))
    path = teachers / "classifier.keras"
    chosen = settings(path, hidden_weight=0.5, attention_weight=2.0)
    network, found = make("classification", chosen)
    (width_map,) = found.trained.values()
    assert width_map.shape == (16, 32)
    objective, values = sums(found, network, batch, "classification")
    model, teacher = network.models["task"], albert_tf.load(path)
    mine = model(batch, all_layers=True)["layer_outputs"]
    theirs = teacher(batch, all_layers=True)["layer_outputs"]

    def normalized(x):
        x = x - x.mean(-1, keepdims=True)
        return x / x.std(-1, keepdims=True)

    errors = [
        (normalized(a.numpy() @ width_map.numpy()) - normalized(b.numpy())) ** 2
        for a, b in ((mine[0], theirs[1]), (mine[1], theirs[3]))
    ]
    mask = batch["padding_mask"].numpy()
    loss = (np.mean(errors, axis=(0, -1)) * mask).sum()
    assert float(values["distill_hidden"]["loss"]) == pytest.approx(loss, 1e-3)
    assert objective.factors == (0.75, 0.25, 0.5, 2.0)
    metrics = objective.metrics(
        [
            float(part[name])
            for part in values.values()
            for name in ("loss", "correct", "weight")
        ]
    )
    assert "distill_hidden_accuracy" not in metrics
    assert metrics["distill_hidden_loss"] == pytest.approx(
        loss / mask.sum(), 1e-3
    )
    with tf.GradientTape() as tape:
        total = objective.loss(
            objective.sums(model, batch, None), objective.weights(batch)
        )
    assert np.abs(tape.gradient(total, width_map.value)).max() > 0


def test_relations_by_hand(make, teachers):
    """One head of one text: softmax(Q Q^T / sqrt(D)) over its tokens."""
    network, _ = make("classification", settings(teachers / "classifier.keras"))
    layer = network.encoder.transformer.attention_sets[-1]
    x = np.random.default_rng(0).normal(0, 1, (1, S, 16)).astype(np.float32)
    bias = np.where(np.arange(S) < 7, 0, -10000.0).astype(np.float32)
    found = tf.nn.softmax(
        distillation_losses.relations(layer, tf.constant(x), bias, heads=4)
    )
    assert found.shape == (3, 1, 4, S, S)
    key = (x[0] @ layer.key_kernel.numpy() + layer.key_bias.numpy())[:, 4:8]
    expected = softmax(key @ key.T / math.sqrt(4) + bias)
    np.testing.assert_allclose(found[1, 0, 1], expected, atol=1e-5)


def test_relations_of_pruned_heads(sizes):
    """The projections are narrower than the hidden states then."""
    pruned = {**sizes, "num_attention_heads": 1, "attention_head_size": 6}
    encoder = albert_tf.AlbertEncoder(albert_tf.AlbertConfig(**pruned))
    layer = encoder.transformer.attention_sets[-1]
    x = tf.ones((1, S, sizes["hidden_size"]))
    found = distillation_losses.relations(layer, x, tf.zeros(S), heads=1)
    assert found.shape == (3, 1, 1, S, S)
