"""Losses with weights and smoothed labels, and a run with them."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf import losses
from albert_tf.workflows.finetuning import data as data_lib
from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import from_config


class Outputs:
    """A model with the given outputs."""

    def __init__(self, **outputs):
        self.outputs = {k: tf.constant(v) for k, v in outputs.items()}

    def __call__(self, batch, **options):
        return self.outputs


def loss_of(kind, logits, batch, smoothing=0.0, **outputs):
    objective = kinds.KINDS[kind].with_options
    objective = (
        kinds.KINDS[kind].objective
        if objective is None
        else objective(smoothing)
    )
    model = Outputs(logits=np.float32(logits), **outputs)
    batch = {name: tf.constant(value) for name, value in batch.items()}
    (sums,) = objective.sums(model, batch, None)
    return {name: value.numpy() for name, value in sums.items()}


LOGITS = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
LABEL = np.int32([0, 2, 1, -1])
WEIGHT = np.float32([0.5, 2.0, 0.25, -1.0])
ITEM = np.int32([0, 1, 2, -1])


def test_smoothed_cross_entropy_is_that_of_keras():
    labels = np.array([0, 2, 1, 1])
    expected = keras.losses.categorical_crossentropy(
        np.eye(3)[labels], LOGITS, from_logits=True, label_smoothing=0.1
    )
    found = losses.cross_entropy(LOGITS, labels, 0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_weights_multiply_the_losses_of_classes(smoothing):
    batch = {"label": LABEL, "item": ITEM}
    plain = losses.cross_entropy(LOGITS[:3], LABEL[:3], smoothing).numpy()
    found = loss_of(
        "classification", LOGITS, {**batch, "weight": WEIGHT}, smoothing
    )
    assert found["loss"] == pytest.approx((plain * WEIGHT[:3]).sum(), rel=1e-5)
    assert found["weight"] == 3
    same = loss_of("classification", LOGITS, batch, smoothing)
    assert same["loss"] == pytest.approx(plain.sum(), rel=1e-5)


def test_weights_multiply_the_losses_of_exits():
    layers = np.stack([LOGITS, LOGITS], axis=1)
    batch = {"label": LABEL, "item": ITEM, "weight": WEIGHT}
    found = loss_of("early_exit", LOGITS, batch, 0.1, layer_logits=layers)
    expected = loss_of("classification", LOGITS, batch, 0.1)
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-5)


def test_weights_multiply_the_losses_of_labels_and_numbers():
    label = np.float32([[1, 0, 1], [0, 0, 0], [0, 1, 0], [-1, -1, -1]])
    weight = np.float32([[3, 1, 2], [1, 1, 1], [1, 5, 1], [-1, -1, -1]])
    batch = {"label": label, "item": ITEM, "weight": weight}
    found = loss_of("multilabel", LOGITS, batch, 0.2)
    targets = tf.constant(label[:3] * 0.8 + 0.1)
    plain = tf.nn.sigmoid_cross_entropy_with_logits(targets, LOGITS[:3])
    expected = (plain.numpy() * weight[:3]).mean(-1).sum()
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    numbers = {"label": np.float32([1, 2, 3, -1]), "item": ITEM}
    found = loss_of("regression", LOGITS, {**numbers, "weight": WEIGHT})
    error = (LOGITS[:3, 0] - np.float32([1, 2, 3])) ** 2
    assert found["loss"] == pytest.approx((error * WEIGHT[:3]).sum(), rel=1e-5)


@pytest.fixture
def config(tmp_path, sizes, vocabulary):
    rows = [
        f"the cat {n},{'b' if n % 20 == 0 else 'a'},{n}\n" for n in range(60)
    ]
    for name in ("train", "dev"):
        (tmp_path / f"{name}.csv").write_text("text,label,w\n" + "".join(rows))
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    return albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="classification",
        train_file=tmp_path / "train.csv",
        eval_file=tmp_path / "dev.csv",
        albert_config_file=tmp_path / "config.json",
        spm_model_file=vocabulary,
        max_seq_length=16,
        train_batch_size=8,
        train_step=2,
        strategy="one_device",
        output_dir=tmp_path / "run",
        do_train=True,
        do_eval=True,
    )


def test_a_run_with_skewed_classes(config, tmp_path, caplog):
    config = dataclasses.replace(
        config,
        class_weights="balanced",
        class_sampling_power=0.5,
        label_smoothing=0.1,
        weight_column="w",
        pack=True,
    )
    result = albert_tf.finetune(config)
    assert "macro_f1" in result.metrics and "accuracy" in result.metrics
    assert result.metrics["score"] == result.metrics["macro_f1"]
    task = json.loads((tmp_path / "run" / "task.json").read_text())
    assert task["flags"]["metric"] == "macro_f1"
    assert "weight_column" not in task["flags"]
    # The same picks the checkpoint that evaluation reports.
    again = albert_tf.evaluate(
        albert_tf.EvaluateConfig(checkpoint=tmp_path / "run")
    )
    assert again.metrics["score"] == again.metrics["macro_f1"]
    changed = dataclasses.replace(config, class_weights="none", train_step=2)
    with pytest.raises(FileExistsError, match="class_weights"):
        albert_tf.finetune(changed)


def test_settings_that_do_not_fit_the_kind(config):
    wrong = dataclasses.replace(
        config, task_type="regression", label_column="w", label_smoothing=0.1
    )
    with pytest.raises(ValueError, match="--label_smoothing must be used with"):
        albert_tf.finetune(wrong)
    wrong = dataclasses.replace(
        config, task_type="multilabel", class_sampling_power=0.5
    )
    with pytest.raises(ValueError, match="--class_sampling_power must be used"):
        albert_tf.finetune(wrong)


def test_folds_have_the_metric_of_all_their_rows(config):
    (task,) = from_config.tasks(config)
    even = [
        example_types.TextExample(str(n), (f"x {n}",), "ab"[n % 2])
        for n in range(4)
    ]
    part = splits.Split("train", "", even, list("0123"), "none", ())
    found, _ = data_lib.with_metric(config, [task], [part])
    assert found.metric is None
    config = dataclasses.replace(config, eval_file=None, folds=2, fold=1)
    found, (task,) = data_lib.with_metric(config, [task], [part])
    assert found.metric == task.metric == "macro_f1"
