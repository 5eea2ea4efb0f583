"""What an evaluation says of classes, confusions and its worst errors."""

import numpy as np
import pytest
import sklearn.metrics
from made_examples import made_of
from made_examples import sentence
from made_examples import split_of
from made_examples import texts

from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.results import report_files
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.spans import span_answers

RNG = np.random.default_rng(0)


def test_figures_by_class_are_those_of_scikit_learn():
    gold = RNG.choice(list("abc"), 200).tolist()
    found = RNG.choice(list("abc"), 200).tolist()
    names = {"c": "sea", "a": "ay", "b": "bee", "d": "never"}
    report = sklearn.metrics.classification_report(
        gold, found, output_dict=True, zero_division=0
    )
    for row, label in zip(
        confusion.by_class(gold, found, names), names, strict=True
    ):
        expected = report.get(label, {"f1-score": 0, "support": 0})
        assert row["name"] == names[label]
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["support"] == expected["support"]
        assert row["predicted"] == found.count(label)
    made = confusion.matrix(gold, found, names)
    pairs = list(zip(gold, found, strict=True))
    assert made["counts"][1][2] == pairs.count(("a", "b"))
    (first, *_) = confusion.pairs(pairs, names)
    most = max(pairs.count((a, b)) for a in "abc" for b in "abc" if a != b)
    assert first["rows"] == most
    many = {str(number): str(number) for number in range(31)}
    assert confusion.matrix(["1"], ["2"], many) is None
    assert confusion.pairs([("1", "2")], many)[0]["label"] == "1"


def details_of(task, examples, predicted, outputs, made, labels, **options):
    return kinds.of(task).details(
        task,
        task_kind.Encoded(split_of(examples, **options), made),
        task_kind.Predictions(predicted, outputs),
        labels,
        None,
    )


def test_the_worst_errors_are_the_surest(monkeypatch):
    monkeypatch.setattr(worst_errors, "MAX_ERRORS", 3)
    shares = np.array([0.6, 0.9, 0.2, 0.7, 0.99, 0.85])
    logits = np.stack([np.log(1 - shares), np.log(shares)], axis=1)
    examples = texts("aabaaa")
    examples[0] = example_types.TextExample("0", ("x" * 5000,), "a")
    predicted = ["b", "b", "a", "b", "b", "b"]
    made = made_of({"label": np.zeros(6, np.int32)})
    details, errors = details_of(
        kinds.custom_task("classification"),
        examples,
        predicted,
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert details["num_errors"] == 6
    assert [row["id"] for row in errors] == ["4", "1", "5"]
    assert errors[0]["probability"] == pytest.approx(0.99)
    assert errors[0]["label_probability"] == pytest.approx(0.01)
    assert errors[0] | {"label": "a", "prediction": "b"} == errors[0]
    assert details["confusion"]["counts"] == [[0, 5], [1, 0]]
    monkeypatch.setattr(worst_errors, "MAX_ERRORS", 9)
    _, errors = details_of(
        kinds.custom_task("classification"),
        examples,
        predicted,
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert max(len(row["text"]) for row in errors) == 400


def test_details_of_sets_numbers_and_choices():
    made = made_of({"label": np.zeros([3, 2], np.float32)})
    logits = np.array([[2.0, -2.0], [3.0, -1.0], [-1.0, -1.0]])
    details, errors = details_of(
        kinds.custom_task("multilabel"),
        texts([("a",), ("b",), ()]),
        [("a",), ("a",), ()],
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert (
        details["per_class"][0] | {"precision": 0.5, "recall": 1}
        == (details["per_class"][0])
    )
    assert details["per_class"][1]["recall"] == 0
    (error,) = errors
    assert (error["label"], error["prediction"]) == ("b", "a")
    assert error["decision"] == "a"
    assert error["probability"] == pytest.approx(1 / (1 + np.exp(-3)))

    details, errors = details_of(
        kinds.custom_task("regression"),
        texts([1.0, 2.0, 5.0]),
        [1.0, 2.5, 2.0],
        {"logits": np.zeros([3, 1])},
        made,
        [],
    )
    assert details["residuals"]["mean_absolute"] == pytest.approx(3.5 / 3)
    assert details["points"] == [[1.0, 1.0], [2.0, 2.5], [5.0, 2.0]]
    assert errors[0]["difference"] == -3 and "num_errors" not in details

    choices = [
        example_types.ChoiceExample("0", "Context.", ("one", "two"), 1),
        example_types.ChoiceExample("1", "", ("one", "two"), 0),
    ]
    details, errors = details_of(
        table.named("race"),
        choices,
        [0, 0],
        {"logits": np.array([[1.0, 0.0], [1.0, 0.0]])},
        made_of({"label": np.array([1, 0], np.int32)}),
        [],
    )
    assert details["confusion"]["names"] == ["A", "B"]
    (error,) = errors
    assert error["text"] == "Context. | A) one | B) two"
    assert (error["label"], error["prediction"]) == ("B", "A")


def test_details_of_tags_and_plain_tags():
    examples = [
        sentence(0, "Ms Lee met Oslo", "O B-P O B-L"),
        None,
        sentence(1, "no one here", "O O O"),
    ]
    predicted = [["B-P", "I-P", "O", "B-L"], None, ["O", "O", "O"]]
    details, errors = details_of(
        kinds.custom_task("tagging"),
        examples,
        predicted,
        {},
        None,
        [],
        scheme="BIO",
    )
    rows = {row["name"]: row for row in details["per_class"]}
    assert (rows["L"]["f1"], rows["P"]["f1"], rows["P"]["support"]) == (1, 0, 1)
    assert details["confused"] == [{"label": "O", "prediction": "P", "rows": 1}]
    (error,) = errors
    assert error["label"] == "Lee [P]" and error["prediction"] == "Ms Lee [P]"
    assert error["wrong_words"] == 2
    details, errors = details_of(
        kinds.custom_task("tagging"),
        [sentence(0, "a cat", "DT NN")],
        [["DT", "VB"]],
        {},
        None,
        [],
    )
    assert [row["name"] for row in details["per_class"]] == ["DT", "NN", "VB"]
    assert errors[0]["prediction"] == "cat [VB]"


def test_details_of_questions():
    examples = [
        example_types.SpanExample("0", "Who?", "Ms Lee", ((3, "Lee"),)),
        example_types.SpanExample("1", "Why?", "Ms Lee", ()),
    ]
    answer = span_answers.Candidate("Ms Lee", 0, 6, 0.75, 1.0)
    predicted = [
        span_answers.Prediction((answer,), -5.0),
        span_answers.Prediction((answer,), 5.0),
    ]
    details, errors = kinds.KINDS["span"].details(
        table.named("squad2"),
        task_kind.Encoded(split_of(examples), None),
        task_kind.Predictions(predicted, {}),
        [],
        0.0,
    )
    assert details["group_names"] == {
        "answer": ["with an answer", "without an answer"]
    }
    assert details["confusion"]["counts"] == [[1, 0], [0, 1]]
    (error,) = errors
    assert (error["label"], error["prediction"]) == ("Lee", "Ms Lee")
    assert error["probability"] == 0.75 and error["context"] == "Ms Lee"


def test_half_a_character_can_be_written(tmp_path):
    report_files.write(
        str(tmp_path),
        "report.json",
        {"data": "\ud800", "errors": {"file": "dev_errors.jsonl"}},
        [{"text": "\ud800"}],
    )
    assert (
        tmp_path / "dev_errors.jsonl"
    ).read_text() == '{"text": "\\ud800"}\n'
