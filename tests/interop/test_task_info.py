"""What files beside weights say of a model's task."""

import json

import numpy as np
import published
import pytest

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import task_info

TWO = {"0": "no", "1": "yes"}


@pytest.mark.parametrize(
    "config, head, kind, labels",
    [
        ({}, "classifier", None, ()),
        ({"id2label": TWO}, "classifier", None, ("no", "yes")),
        ({"label2id": {"yes": 1, "no": 0}}, "classifier", None, ("no", "yes")),
        ({"id2label": {"1": "yes", "0": "no"}}, "tagging", None, ("no", "yes")),
        # Placeholders say nothing, whatever their number.
        ({"id2label": {"0": "LABEL_0"}}, "classifier", None, ()),
        (
            {"id2label": TWO, "label2id": {"LABEL_0": 0, "LABEL_1": 1}},
            "classifier",
            None,
            ("no", "yes"),
        ),
        (
            {"id2label": TWO, "problem_type": "multi_label_classification"},
            "classifier",
            "multilabel",
            ("no", "yes"),
        ),
        (
            {"problem_type": "single_label_classification"},
            "classifier",
            "classification",
            (),
        ),
        # Other heads have no classes.
        ({"id2label": {"0": "x"}}, "span", None, ()),
    ],
)
def test_config(config, head, kind, labels):
    info = task_info.of_huggingface(config, head, 2)
    assert (info.kind, info.labels) == (kind, labels)
    assert info.is_stated == (kind is not None)


@pytest.mark.parametrize(
    "config, received",
    [
        ({"id2label": {"0": "no", "2": "yes"}}, "numbers from 0"),
        ({"id2label": {"no": 0, "yes": 1}}, "numbers from 0"),
        ({"id2label": ["no", "yes"]}, "numbers from 0"),
        ({"id2label": "no"}, "numbers from 0"),
        ({"id2label": {"0": 3, "1": 4}}, "numbers from 0"),
        ({"label2id": {"no": 1, "yes": 1}}, "numbers from 0"),
        ({"id2label": TWO, "label2id": {"yes": 0, "no": 1}}, "say the same"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "2 classes once"),
        ({"id2label": {"0": "a", "1": "a"}}, "2 classes once"),
        ({"problem_type": "multilabel"}, "problem_type must be"),
        ({"problem_type": ["regression"]}, "problem_type must be"),
        ({"problem_type": "regression"}, "one output"),
    ],
)
def test_a_config_that_contradicts_itself(config, received):
    with pytest.raises(ValueError, match=received):
        task_info.of_huggingface(config, "classifier", 2)


@pytest.mark.parametrize("to", ["google", "albert_tf"])
@pytest.mark.parametrize(
    "class_name, config, kind",
    [
        (None, {}, "classification"),
        (
            None,
            {"problem_type": "multi_label_classification"},
            "multilabel",
        ),
        ("AlbertForTokenClassification", {}, "tagging"),
    ],
)
def test_conversions_keep_it(
    vocabulary, sizes, tmp_path, to, class_name, config, kind
):
    labels = ("B-x", "O", "I-x")
    start = published.write(
        *(tmp_path / "start", vocabulary, sizes, np.zeros(3), class_name),
        **{**published.names(*labels), **config},
    )
    convert.convert(start, tmp_path / "there", to)
    info = albert_tf.load(tmp_path / "there").task_info
    assert (info.kind, info.labels) == (kind, labels)
    convert.convert(tmp_path / "there", tmp_path / "back", "huggingface")
    back = json.loads((tmp_path / "back/config.json").read_text())
    assert back["id2label"] == {"0": "B-x", "1": "O", "2": "I-x"}
    assert back["label2id"]["I-x"] == 2
    info = albert_tf.load(tmp_path / "back").task_info
    assert (info.kind, info.labels) == (kind, labels)


def test_a_loaded_model_says_what_it_answers(vocabulary, sizes, tmp_path):
    folder = published.write(
        tmp_path / "model", vocabulary, sizes, np.zeros(1), problem_type=None
    )
    info = albert_tf.load(folder).task_info
    assert info.kind == "regression"
    with pytest.raises(ValueError, match="the files describe.*classifier"):
        albert_tf.load(folder, head="tagging")


@pytest.mark.parametrize(
    "content",
    [
        "[" * 10**5,
        "[]",
        "{",
        '{"tasks": []}',
        '{"tasks": {"x": {}}}',
        '{"tasks": {"x": 7}}',
        '{"tasks": {"x": {"kind": 7, "labels": []}}}',
        '{"tasks": {"x": {"kind": "classification", "labels": "ab"}}}',
        '{"tasks": {"x": {"kind": "classification", "labels": ["a", "b"]}},'
        ' "max_seq_length": "64"}',
    ],
)
def test_a_damaged_task_file(vocabulary, sizes, tmp_path, content):
    start = published.write(tmp_path / "start", vocabulary, sizes, np.zeros(2))
    convert.convert(start, tmp_path / "ours", "albert_tf")
    (tmp_path / "ours/task.json").write_text(content)
    with pytest.raises(ValueError, match="task.json must"):
        albert_tf.load(tmp_path / "ours")
