"""A student and its teacher: losses by hand, the width map, and refusals."""

import functools
import math

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf import objectives
from albert_tf.compression import distillation
from albert_tf.compression import distillation_losses
from albert_tf.finetuning import lora as lora_lib
from albert_tf.finetuning import multitask
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


@pytest.fixture(scope="module")
def teachers(sizes, tmp_path_factory):
    """A .keras file of each head, wider and deeper than `sizes`."""
    config = albert_tf.AlbertConfig(
        **{**sizes, "hidden_size": 32, "num_hidden_layers": 4}
    )
    folder = tmp_path_factory.mktemp("teachers")
    for name, model in {
        "classifier": albert_tf.AlbertClassifier(config, num_classes=C),
        "number": albert_tf.AlbertClassifier(config, num_classes=1),
        "tagger": albert_tf.AlbertTagger(config, num_classes=C),
        "span": albert_tf.AlbertSpan(config),
        "conditional": albert_tf.AlbertConditionalSpan(config),
        "choice": albert_tf.AlbertMultipleChoice(config),
        "pretrainer": albert_tf.AlbertPretrainer(config),
    }.items():
        random_weights(model, 7).save(folder / f"{name}.keras")
    return folder


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


@pytest.fixture
def make(sizes):
    """A student and what distils into it."""

    def make(kind, chosen, **changes):
        network = multitask.MultitaskModel(
            tf.distribute.get_strategy(),
            albert_tf.AlbertConfig(**{**sizes, **changes}),
            {"task": multitask.Head(kind, 1 if kind == "regression" else C)},
        )
        random_weights(network.models["task"], 3)
        found = distillation.Distillation(
            chosen,
            network.models,
            {"task": kinds.KINDS[kind].objective},
            seed=0,
        )
        return network, found

    return make


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


def test_classes_by_hand(make, teachers):
    rng = np.random.default_rng(0)
    batch = inputs(rng, label=np.array([0, 2, 1, -1], np.int32))
    path = teachers / "classifier.keras"
    network, found = make("classification", settings(path))
    objective, values = sums(found, network, batch, "classification")
    mine = network.models["task"](batch)["logits"].numpy()[:3]
    theirs = albert_tf.load(path)(batch)["logits"].numpy()[:3]
    loss = -4 * (softmax(theirs / 2) * np.log(softmax(mine / 2))).sum()
    assert float(values["distill_label"]["loss"]) == pytest.approx(loss, 1e-5)
    same = (mine.argmax(-1) == theirs.argmax(-1)).sum()
    assert float(values["distill_label"]["correct"]) == same
    labels = -np.log(softmax(mine)[np.arange(3), [0, 2, 1]]).sum()
    total = objective.loss([*values.values()], objective.weights(batch))
    assert float(total) == pytest.approx((0.75 * labels + 0.25 * loss) / 3)


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


def test_pretraining_and_packing(sizes, teachers):
    rng = np.random.default_rng(0)
    first = np.array([[0, 5], [0, 4], [0, 0], [0, 6]], np.int32)
    packs = 1 + (np.arange(S) >= np.array([[5], [4], [10], [6]]))
    positions = np.arange(S) - np.take_along_axis(first, packs - 1, 1)
    batch = inputs(
        rng,
        mask_positions=rng.integers(0, 4, (B, 2)).astype(np.int32),
        mask_ids=rng.integers(5, 70, (B, 2)).astype(np.int32),
        mask_weights=np.array([[1, 1], [1, 0], [1, 1], [0, 0]], np.float32),
        sentence_order=np.array([[0, 1], [1, 0], [1, -1], [0, 0]], np.int32),
        pack_ids=packs.astype(np.int32),
        position_ids=positions.astype(np.int32),
        first_positions=first,
    )
    batch["padding_mask"] = tf.ones((B, S), tf.int32)
    path = teachers / "pretrainer.keras"
    student = random_weights(
        albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes)), 5
    )
    chosen = settings(path, hidden_weight=1.0, attention_weight=1.0)
    found = distillation.Distillation(
        chosen, {"any": student}, {"any": objectives.PRETRAINING}, seed=0
    )
    objective = found.adapted("any")
    assert objective.parts == (
        "mlm",
        "sentence_order",
        "distill_mlm",
        "distill_sentence_order",
        "distill_hidden",
        "distill_attention",
    )
    assert objective.weights(batch).numpy().tolist() == [5, 7, 5, 7, 40, 40]
    values = objective.sums(student, batch, None)
    mine, theirs = (
        model(batch)["mlm_logits"].numpy()
        for model in (student, albert_tf.load(path))
    )
    ce = -4 * (softmax(theirs / 2) * np.log(softmax(mine / 2))).sum(-1)
    loss = (ce * batch["mask_weights"].numpy()).sum()
    assert float(values[2]["loss"]) == pytest.approx(loss, 1e-4)
    assert all(np.isfinite(float(part["loss"])) for part in values)
    # What one text of a row says has nothing to do with the other: KL over
    # the tokens of a pack only.
    assert float(values[5]["loss"]) > 0


def test_several_tasks_have_a_teacher_each(sizes, tmp_path):
    """Of one run; they share the map, and their heads are told apart."""
    heads = {
        "a": multitask.Head("tagging", C),
        "b": multitask.Head("classification", 2),
    }
    strategy = tf.distribute.get_strategy()
    config = albert_tf.AlbertConfig(**{**sizes, "hidden_size": 32})
    teacher = multitask.MultitaskModel(strategy, config, heads, seed=1)
    weights = {name: w.value for name, w in teacher.weights.items()}
    saved = tf.train.Checkpoint(model=weights).write(str(tmp_path / "ckpt-1"))
    config.to_json(tmp_path / "albert_config.json")
    network = multitask.MultitaskModel(
        strategy, albert_tf.AlbertConfig(**sizes), heads, seed=2
    )
    found = distillation.Distillation(
        settings(saved, hidden_weight=1.0),
        network.models,
        {
            task: kinds.KINDS[head.kind].objective
            for task, head in heads.items()
        },
        seed=0,
    )
    assert len(found.trained) == 1
    rng = np.random.default_rng(0)
    for task, shape in (("a", (B, S)), ("b", (B,))):
        batch = inputs(rng, label=rng.integers(0, 2, shape).astype(np.int32))
        objective = found.adapted(task)
        values = objective.sums(network.models[task], batch, None)
        mine, theirs = (
            one.models[task](batch)["logits"].numpy()
            for one in (network, teacher)
        )
        loss = -4 * (softmax(theirs / 2) * np.log(softmax(mine / 2))).sum()
        assert float(values[1]["loss"]) == pytest.approx(loss, 1e-4)


def test_lora_and_a_teacher(make, teachers):
    rng = np.random.default_rng(0)
    batch = inputs(rng, label=np.array([0, 2, 1, -1], np.int32))
    chosen = settings(
        teachers / "classifier.keras", hidden_weight=1.0, attention_weight=1.0
    )
    network, found = make("classification", chosen)
    lora = lora_lib.Lora(network.weights, rank=2, alpha=4.0, seed=0)
    plain = found.adapted("task")
    adapted = lora.adapted(plain)
    model = network.models["task"]
    for variable in lora.trained.values():
        variable.assign_add(rng.normal(0, 0.3, variable.shape))
    values = adapted.sums(model, batch, None)
    lora.merge()
    for one, other in zip(values, plain.sums(model, batch, None), strict=True):
        assert float(one["loss"]) == pytest.approx(float(other["loss"]), 1e-4)


@pytest.mark.parametrize(
    "kind, name, changes, words",
    [
        ("classification", "pretrainer", {}, "AlbertPretrainer"),
        ("classification", "number", {}, "number of classes"),
        ("classification", "classifier", {"vocab_size": 71}, "vocab_size"),
        ("early_exit", "classifier", {}, "early"),
    ],
)
def test_refused(make, teachers, kind, name, changes, words):
    with pytest.raises(ValueError, match=words) as error:
        make(kind, settings(teachers / f"{name}.keras"), **changes)
    assert "Received" in str(error.value)
