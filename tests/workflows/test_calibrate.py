"""albert-tf calibrate, and what uses a calibration afterwards."""

import json
import os
import shutil

import numpy as np
import pytest

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.workflows.answering import answers
from albert_tf.workflows.common.heads import own_calibration
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

WORDS = ("the cat", "a king", "the old man", "winter", "two apples", "a bridge")


def write(path, labels, count=160):
    """Rows of different texts with a random label."""
    rng = np.random.default_rng(0)
    rows = [
        f"{WORDS[row % len(WORDS)]} {row}\t{rng.choice(labels)}\n"
        for row in range(count)
    ]
    path.write_text("text\tlabel\n" + "".join(rows))
    return str(path)


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a model of a kind, with its tokenizer and task.json."""

    def make(kind):
        copy = shutil.copytree(trained(kind).parent, tmp_path / kind)
        return str(copy / "model.keras")

    return make


def calibration_of(model):
    """The calibration in the task.json of a model's folder, or None."""
    (row,) = saved_tasks.read(saved_tasks.folder_of(model)).tasks.values()
    return row.get("calibration")


def calibrate(model, file, **settings):
    return albert_tf.calibrate(
        albert_tf.CalibrateConfig(
            checkpoint=model, file=file, strategy="one_device", **settings
        )
    )


def test_a_classifier(run, tmp_path):
    model = run("classification")
    file = write(tmp_path / "dev.tsv", ["x", "y", "z", "oos"])
    result = calibrate(model, file, coverage=0.9, none_label="oos")
    assert result.folder == f"{os.path.dirname(model)}/calibration"
    assert result.after["loss"] <= result.before["loss"]
    assert 0.8 < result.after["set_coverage"] <= 1
    assert "out-of-scope recall" in result.table
    report = json.loads(
        (tmp_path / result.folder / "calibration.json").read_text()
    )
    assert report["after"] == result.after
    assert report["data"]["file"] == "dev.tsv" and report["data"]["rows"] == 160
    found = calibration_of(model)
    assert found["none_label"] == "oos" and found["coverage"] == 0.9
    # Evaluations take the calibration, and know the label of no class.
    evaluated = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=model, file=file, strategy="one_device"
        )
    )
    assert {"set_coverage", "out_of_scope_recall", "brier"} <= set(
        evaluated.metrics
    )
    details = evaluated.details[0]
    names = [row["name"] for row in details.report["per_class"]]
    assert any("oos" in name for name in names)
    reliability = details.report["calibration"]
    assert reliability["before"]["bins"]
    # Rows of no class do not count there, as in the metrics.
    assert reliability["brier"] == pytest.approx(evaluated.metrics["brier"])
    # Predictions in memory, in files and in an export's form agree.
    texts = ["the cat", "winter in the old house", "a king"]
    rows = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=model, text=tuple(texts), strategy="one_device"
        )
    ).predictions
    answered = albert_tf.predictor(model)(texts)
    for row, answer in zip(rows, answered, strict=True):
        assert row["prediction_set"] == answer["prediction_set"]
        assert row["none_of_these"] == answer["none_of_these"]
        assert row["best_label"] == answer["best_label"]
        expected = None if answer["none_of_these"] else row["prediction"]
        assert answer["label"] == expected
        assert row["probability"] == pytest.approx(
            max(answer["probabilities"]), abs=1e-5
        )


def test_a_threshold_of_the_caller_replaces_the_saved_one():
    answer = {
        "label": "",
        "best_label": "x",
        "none_of_these": True,
        "labels": ["x", "y"],
        "probabilities": [0.6, 0.4],
    }
    assert answers.without_label(answer)["label"] is None
    sure = answers.above(answers.without_label(answer), 0.5)
    assert sure["label"] == "x" and not sure["none_of_these"]
    unsure = answers.above(sure, 0.7)
    assert unsure["label"] is None and unsure["none_of_these"]


def test_several_labels(run, tmp_path):
    model = run("multilabel")
    file = write(tmp_path / "dev.tsv", ["x", "y", "x|y", ""])
    result = calibrate(model, file)
    assert {"micro_f1", "macro_f1"} <= result.after.keys()
    assert "No row has z, whose threshold stays at 0.5." in result.table
    found = calibration_of(model)
    assert found["label_thresholds"][2] == 0.5
    metrics = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=model, file=file, strategy="one_device"
        )
    ).metrics
    assert metrics["micro_f1_at_0.5"] == pytest.approx(
        result.before["micro_f1"]
    )
    texts = ["the cat", "winter in the old house"]
    rows = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=model, text=tuple(texts), strategy="one_device"
        )
    ).predictions
    for row, answer in zip(
        rows, albert_tf.predictor(model)(texts), strict=True
    ):
        chosen = {
            name
            for name, applies in zip(
                answer["labels"], answer["chosen"], strict=True
            )
            if applies
        }
        assert chosen == set(row["prediction"])


def test_a_calibration_of_other_weights_is_not_used(run, tmp_path, caplog):
    model = run("classification")
    file = write(tmp_path / "dev.tsv", ["x", "y", "z"])
    calibrate(model, file, coverage=0.8)
    path = tmp_path / "classification/task.json"
    content = json.loads(path.read_text())
    (row,) = content["tasks"].values()
    row["calibration"]["about"]["weights"] = "others"
    path.write_text(json.dumps(content))
    answer = albert_tf.predictor(model)("the cat")
    assert answer.keys() == {"label", "labels", "probabilities", "truncated"}
    assert "belongs to other weights and is not used" in caplog.text
    row["calibration"] = {"temperature": 1}
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="task.json must be the file"):
        albert_tf.predictor(model)


def test_an_export_holds_the_calibration(run, tmp_path):
    model = run("classification")
    file = write(tmp_path / "dev.tsv", ["x", "y", "z"])
    calibrate(model, file, coverage=0.8, none_of_these=0.2)
    config = export_config.ExportConfig(
        checkpoint=model, output=str(tmp_path / "out")
    )
    _, trained = trained_lib.load(config)
    assert trained.row["calibration"] == calibration_of(model)
    modules = answer_modules.make(
        trained.row, tokenizers.load(os.path.dirname(model)), max_seq_length=16
    )
    found = modules["text"].answer({"logits": np.zeros([1, 3], np.float32)}, {})
    assert found["none_of_these"].numpy().tolist() == [True]
    # Hugging Face's config has no place for it; task.json beside it has.
    loaded = albert_tf.load(model)
    weights = {k: w.numpy() for k, w in models.named_weights(loaded).items()}
    (tmp_path / "run").mkdir()
    tensorflow_checkpoint.write(loaded.config, weights, str(tmp_path / "run"))
    shutil.copy(tmp_path / "classification/task.json", tmp_path / "run")
    converted = str(tmp_path / "hf")
    convert.convert(str(tmp_path / "run"), converted, "huggingface")
    assert calibration_of(converted) == calibration_of(model)
    # A run that is resumed writes task.json again.
    task = kinds.custom_task("classification")
    kept = own_calibration.kept(os.path.dirname(model), task)
    assert kept == {"calibration": calibration_of(model)}
    assert own_calibration.kept(str(tmp_path / "new"), task) == {}


@pytest.mark.parametrize(
    "kind, settings, message",
    [
        ("classification", {"coverage": 1.0}, "--coverage must be above 0"),
        ("classification", {"none_of_these": 0.0}, "--none_of_these must be"),
        ("classification", {"none_label": "odd"}, "must be the label of rows"),
        ("multilabel", {"coverage": 0.9}, "models that choose one class"),
        ("regression", {}, "model that chooses classes of a text"),
    ],
)
def test_what_cannot_be_calibrated(run, tmp_path, kind, settings, message):
    labels = ["1", "2"] if kind == "regression" else ["x", "y", "z"]
    file = write(tmp_path / "dev.tsv", labels, 100)
    model = run(kind)
    with pytest.raises(ValueError, match=message):
        calibrate(model, file, **settings)
    assert calibration_of(model) is None


def test_a_small_file_is_refused(run, tmp_path):
    file = write(tmp_path / "dev.tsv", ["x", "y", "z"], 12)
    with pytest.raises(ValueError, match="at least 20 labeled rows"):
        calibrate(run("classification"), file)
