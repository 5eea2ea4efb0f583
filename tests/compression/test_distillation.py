"""A student and its teacher: losses by hand, the width map, and refusals."""

import numpy as np
import pytest
import tensorflow as tf
from students import B
from students import C
from students import S
from students import inputs
from students import random_weights
from students import settings
from students import softmax
from students import sums

import albert_tf
from albert_tf import kinds
from albert_tf import objectives
from albert_tf.compression import distillation
from albert_tf.finetuning import lora as lora_lib
from albert_tf.finetuning import multitask


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
