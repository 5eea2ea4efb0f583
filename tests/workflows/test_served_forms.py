"""Answers to text by the forms of an export that read ids."""

import json
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf import task_models
from albert_tf.workflows.exporting import fastest
from albert_tf.workflows.exporting import served_form
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

TEXTS = ["the cat sees a house", "every day", "a letter " * 30, "the river"]
KINDS = {
    "classification": (task_models.AlbertClassifier, ["bad", "good"]),
    "tagging": (task_models.AlbertTagger, ["O", "B-X", "I-X"]),
    "crf": (albert_tf.AlbertCrfTagger, ["O", "B-X", "I-X"]),
}


@pytest.fixture(
    scope="module",
    params=[
        "classification",
        pytest.param("tagging", marks=pytest.mark.slow),
        pytest.param("crf", marks=pytest.mark.slow),
    ],
)
def export(request, vocabulary, sizes, tmp_path_factory):
    """An export with a SavedModel and ONNX, of random weights."""
    pytest.importorskip("tf2onnx")
    folder = tmp_path_factory.mktemp(request.param)
    model_class, labels = KINDS[request.param]
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.2)
    model = model_class(config, num_classes=len(labels))
    for weight in model.head.weights:
        weight.assign(keras.random.normal(weight.shape, seed=1))
    weights = {k: v.value for k, v in models.named_weights(model).items()}
    tf.train.Checkpoint(model=weights).write(str(folder / "ckpt-0"))
    model.config.to_json(str(folder / "albert_config.json"))
    is_tagger = "B-X" in labels
    row = saved_tasks.row(
        kinds.custom_task("tagging" if is_tagger else request.param),
        labels,
        "BIO" if is_tagger else "none",
    )
    tokenizer = tokenizers.load(vocabulary)
    saved_tasks.write(str(folder), {"custom": row}, 16, tokenizer)
    albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=str(folder),
            output=str(folder / "export"),
            formats=("savedmodel", "onnx"),
        )
    )
    return str(folder / "export")


def test_answers_are_those_of_the_saved_model(export):
    texts = np.array([text.encode() for text in TEXTS], object)
    expected = served_form.load("one", export, "savedmodel")
    found = served_form.load("one", export, "onnx")
    assert found.signatures.keys() <= expected.signatures.keys()
    assert found.max_positions == expected.max_positions
    for name in found.signatures.keys() - {"ids", "words"}:
        theirs, mine = expected.signatures[name], found.signatures[name]
        assert mine.inputs == theirs.inputs
        assert mine.padded == theirs.padded
        answers = mine.call({"texts": texts})
        for key, value in theirs.call({"texts": texts}).items():
            if value.dtype.kind == "f":
                np.testing.assert_allclose(answers[key], value, atol=1e-5)
            else:
                np.testing.assert_array_equal(answers[key], value)
    inputs = found.signature_def["ids"]["inputs"]
    assert inputs["token_ids"]["dtype"] == "DT_INT32"


def test_a_form_that_is_not_there(export):
    with pytest.raises(ValueError, match="with savedmodel, onnx/float32"):
        served_form.load("one", export, "openvino")
    with pytest.raises(ValueError, match="savedmodel_int8/saved_model.pb"):
        served_form.load("one", export, "savedmodel_int8")
    with pytest.raises(ValueError, match="Export the model again"):
        served_form.chosen(export, {"kind": "regression"}, "litert")


def test_the_fastest_form_is_taken(export):
    config = json.load(open(f"{export}/config.json"))
    form = {"max_seq_length": None}
    config["forms"] += [
        {**form, "name": "onnx/int8", "milliseconds": 1e-9},
        {**form, "name": "onnx/dynamic_int8", "milliseconds": 0.2},
    ]
    found = served_form.chosen(export, config, "onnx")
    assert found["name"] == "onnx/int8"
    found = served_form.chosen(export, config, "onnx/dynamic_int8")
    assert found["name"] == "onnx/dynamic_int8"


@pytest.mark.slow
def test_the_fastest_form_is_written(export, tmp_path, monkeypatch):
    """Without labeled examples, among the forms that do not round."""
    monkeypatch.setattr(
        fastest, "_NEEDS", {"onnx": ("onnx",), "litert": ("no_such_module",)}
    )
    run = os.path.dirname(export)
    result = albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=run, output=str(tmp_path / "export"), fastest=True
        )
    )
    lines = result.choice.splitlines()
    assert lines[0].split()[:5] == ["form", "ms", "for", "1", "text"]
    assert [line.split()[0] for line in lines[1:3]] == [
        "savedmodel",
        "onnx/float32",
    ]
    (written,) = result.compared
    assert f"Chosen: {written.format}, the fastest for one text." in lines[3]
    assert "no labeled examples" in lines[4]
    assert "Not installed, and left out: litert" in lines[5]
    files = os.listdir(tmp_path / "export")
    assert ("onnx" in files) == (written.format == "onnx/float32")
    assert ("saved_model.pb" in files) == (written.format == "savedmodel")


def test_rounded_forms_are_tried_with_labeled_examples():
    config = albert_tf.ExportConfig(checkpoint="run", output="export")
    tried = fastest.candidates(config, has_data=True)
    assert "savedmodel_int8" in tried.formats
    assert tried.openvino_quantizations == ("float32", "bfloat16", "int8")
    tried = fastest.candidates(config, has_data=False)
    assert "savedmodel_int8" not in tried.formats
    assert tried.onnx_quantizations == ("float32",)
