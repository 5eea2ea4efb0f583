"""Runs and models that several files of tests look at."""

import tempfile

import fake_hub
import keras
import numpy as np
import published
import pytest

import albert_tf
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

MODELS = {
    "pretraining": albert_tf.AlbertPretrainer,
    "classification": albert_tf.AlbertClassifier,
    "pairs": albert_tf.AlbertClassifier,
    "multilabel": albert_tf.AlbertClassifier,
    "regression": albert_tf.AlbertClassifier,
    "multiple_choice": albert_tf.AlbertMultipleChoice,
    "tagging": albert_tf.AlbertTagger,
    "span": albert_tf.AlbertSpan,
}
LABELS = {
    "classification": ["x", "y", "z"],
    "pairs": ["x", "y", "z"],
    "multilabel": ["x", "y", "z"],
    "regression": ["0"],
    "tagging": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
}


@pytest.fixture(scope="session")
def finished(command, tmp_path_factory, runs):
    """A finished run on one device, with what it printed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    outcome = runs.run(command(folder, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    return folder, outcome


@pytest.fixture(scope="session")
def make_published(vocabulary, sizes, tmp_path_factory):
    """Makes a published model that always gives the first of its classes."""

    def folder(*labels, class_name=None, first=0, **config):
        bias = np.full(len(labels), -4.0)
        bias[first] = 4.0
        return published.write(
            tmp_path_factory.mktemp("published") / "model",
            vocabulary,
            sizes,
            bias,
            class_name,
            **{**published.names(*labels), **config},
        )

    return folder


@pytest.fixture(scope="session")
def trained(vocabulary, sizes, tmp_path_factory):
    """Makes the folder of a model of a kind, once; `pairs` classifies pairs."""
    folder = tmp_path_factory.mktemp("trained")
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.4)

    def make(name):
        path = folder / name
        if path.exists():
            return path
        path.mkdir()
        classes = LABELS.get(name)
        options = {"num_classes": len(classes)} if classes else {}
        keras.utils.set_random_seed(3)
        model = MODELS[name](config, **options)
        for weight in model.trainable_variables:  # biases too
            weight.assign(weight + keras.random.normal(weight.shape) * 0.2)
        model.save(path / "model.keras")
        tokenizer = tokenizers.load(vocabulary)
        tokenizer.save(path)
        if name != "pretraining":
            kind = "classification" if name == "pairs" else name
            row = {
                "kind": kind,
                "labels": [] if name == "regression" else classes or [],
                "num_texts": 1 + (name == "pairs"),
                "scheme": "BIO" if name == "tagging" else "none",
                "null_score_threshold": 0.5 if name == "span" else None,
            }
            flags = {"task_name": ["custom"], "task_type": kind}
            saved_tasks.write(str(path), {"custom": row}, 24, tokenizer, flags)
        return path

    return lambda name: make(name) / "model.keras"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with fake_hub.connected(monkeypatch, tmp_path) as server:
        yield server
