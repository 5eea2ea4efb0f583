"""A tagger with a CRF: its loss, files, training settings, and refusals."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf import objectives
from albert_tf.compression import distillation
from albert_tf.compression import weight_int8
from albert_tf.crf import model as crf_model
from albert_tf.finetuning import multitask
from albert_tf.interop import convert
from albert_tf.workflows.common.heads import tag_head
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds as task_kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.saved import saved_tasks

KIND = kinds.KINDS["crf"]


@pytest.fixture(scope="module")
def network(sizes):
    """A model with random transitions, in a task of three tags."""
    network = multitask.MultitaskModel(
        tf.distribute.get_strategy(),
        albert_tf.AlbertConfig(**sizes),
        {"task": multitask.Head("crf", 3)},
    )
    rng = np.random.default_rng(1)
    for weight in network.weights.values():
        weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    return network


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 30, 13)
    return item_features.Features(
        np.cumsum([0, *lengths]),
        {
            "token_ids": rng.integers(5, 70, lengths.sum(), np.int32),
            "segment_ids": np.zeros(lengths.sum(), np.int32),
            "label": rng.integers(-1, 3, lengths.sum(), np.int32),
        },
        {},
        np.arange(13, dtype=np.int32),
    )


def batches(features, pack):
    for length, items in evaluation_plan.in_order(
        features.lengths, (64,), 4, pack
    ):
        yield from input_pipeline.batches(
            features, items, length, training=True
        )


def test_the_loss_of_packed_rows_and_of_evaluation_is_that_of_each(
    network, features
):
    totals = []
    for pack in (False, True):
        sums = np.zeros(3)
        for batch in batches(features, pack):
            model = network.models["task"]
            (found,) = KIND.objective.sums(model, batch, None)
            sums += [found[k] for k in ("loss", "correct", "weight")]
        totals.append(sums)
    outputs = network.predict("task", batches(features, False))
    losses, counts = task_kinds.KINDS["tagging"].losses(features, outputs)
    np.testing.assert_allclose(totals[1], totals[0], rtol=1e-5)
    assert losses.sum() == pytest.approx(totals[0][0], rel=1e-5)
    assert counts.sum() == totals[0][2]
    # The transitions count.
    plain = {"logits": outputs["logits"]}
    others, _ = task_kinds.KINDS["tagging"].losses(features, plain)
    assert abs(others.sum() - losses.sum()) > 1


def test_all_of_the_head_has_a_gradient(network, features):
    model = network.models["task"]
    with tf.GradientTape() as tape:
        (sums,) = KIND.objective.sums(
            model, next(batches(features, True)), tf.constant([1, 2])
        )
    weights = model.head.trainable_variables
    for gradient in tape.gradient(sums["loss"], [w.value for w in weights]):
        assert np.abs(gradient).max() > 0


def test_a_saved_model_is_the_same(network, tmp_path):
    model = network.models["task"]
    model.save(tmp_path / "model.keras")
    loaded = albert_tf.load(tmp_path / "model.keras")
    assert isinstance(loaded, albert_tf.AlbertCrfTagger)
    expected = kinds.constants_of(model)["transitions"]
    assert expected.shape == (4, 4) and np.ptp(expected) > 0
    np.testing.assert_array_equal(
        kinds.constants_of(loaded)["transitions"], expected
    )
    for to, rule in [
        ("huggingface", "one of these heads.*Received: crf"),
        ("google", "one of its heads.*crf/"),
    ]:
        with pytest.raises(ValueError, match=rule):
            convert.convert(str(tmp_path / "model.keras"), tmp_path / to, to)
    convert.convert(
        str(tmp_path / "model.keras"), tmp_path / "ours", "albert_tf"
    )
    ours = albert_tf.load(tmp_path / "ours")
    np.testing.assert_array_equal(
        kinds.constants_of(ours)["transitions"], expected
    )


def test_transitions_are_trained_faster_and_not_rounded():
    names = ["encoder/pooler/kernel", "tasks/a/crf/transition_bias"]
    found = crf_model.rate_multipliers(names, 2e-5)
    assert found == {names[1]: pytest.approx(500)}
    assert crf_model.rate_multipliers(names, 0.1) == {names[1]: 1}
    assert crf_model.rate_multipliers(names, 0.0) == {names[1]: 1}
    assert weight_int8.channel_axis("crf/transition_bias", (4, 4)) is None
    assert weight_int8.channel_axis("crf/kernel", (4, 4)) == 0


def test_a_student_has_no_crf(network):
    settings = distillation.Teacher(
        name="teacher",
        load=lambda *_: keras.Model(),
        temperature=1.0,
        weight=0.5,
        hidden_weight=0.0,
        attention_weight=0.0,
    )
    with pytest.raises(ValueError, match="no CRF.*--tag_head=crf"):
        distillation.Distillation(
            settings, network.models, {"task": KIND.objective}, 0
        )
    assert objectives.CLASSIFICATION.distilled is not None


def test_a_crf_is_for_tagging():
    config = albert_tf.FinetuneConfig(tag_head="crf")
    tags = task_kinds.custom_task("tagging")
    tag_head.check(config, [table.TASKS["cola"], tags])
    assert tag_head.kind_of(config, tags) == "crf"
    assert tag_head.kind_of(config, table.TASKS["cola"]) is None
    assert tag_head.kind_of(albert_tf.FinetuneConfig(), tags) is None
    with pytest.raises(ValueError, match="tagging task. Received: cola"):
        tag_head.check(config, [table.TASKS["cola"]])


@pytest.mark.parametrize(
    "transitions", [[[1.0]], [1.0, 2.0, 3.0], "x", [[0, 0, 0]] * 2, {"a": 1}]
)
def test_transitions_must_fit_the_labels(tmp_path, transitions):
    row = {"kind": "tagging", "labels": ["O", "B-X"]}
    file = tmp_path / "task.json"
    for value in ([[0.5] * 3] * 3, transitions):
        tasks = {"custom": {**row, "transitions": value}}
        file.write_text(json.dumps({"tasks": tasks, "max_seq_length": 8}))
        if value is not transitions:
            found = saved_tasks.read(str(tmp_path)).tasks["custom"]
            assert found["transitions"] == value
    with pytest.raises(ValueError, match="task.json must be"):
        saved_tasks.read(str(tmp_path))
