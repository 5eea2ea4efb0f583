"""The reports of kinds of tasks other than classification."""

import numpy as np
import pytest
import reported


@pytest.fixture
def evaluate(vocabulary, tmp_path):
    return reported.function(vocabulary, tmp_path)


def test_sets_of_labels(evaluate):
    labels = [["a"], ["a", "b"], [], ["b"]] * 10
    dev = [(f"text {n}", own) for n, own in enumerate(labels)]
    flags = np.array([["a" in own, "b" in own] for own in labels])
    wrong = flags.copy()
    wrong[::4, 0] = False
    report, text = evaluate(
        dev,
        {"logits": np.where(wrong, 2.0, -2.0)},
        kind="multilabel",
        labels=("a", "b"),
        train=[(f"{' '.join(own)} {n}", own) for n, own in enumerate(labels)],
    )
    assert [key for key in reported.KEYS if key not in report] == []
    assert report["metric"]["name"] == "micro_f1"
    assert report["metric"]["low"] < report["metric"]["value"] < 1
    names = [row["name"] for row in report["averages"]]
    assert names == ["micro", "macro", "weighted"]
    assert report["averages"][0]["f1"] == pytest.approx(
        report["metric"]["value"]
    )
    assert report["per_class"][0]["recall"] == 0.5
    assert report["calibration"]["brier"] > 0
    assert report["confusion"] is None
    assert [row["short"] for row in report["baselines"]] == [
        "majority",
        "TF-IDF",
    ]
    assert "micro" in text


def test_numbers(evaluate):
    gold = [float(n % 5) for n in range(50)]
    dev = [(f"text {n}", value) for n, value in enumerate(gold)]
    outputs = {"logits": np.array([[2 + value / 2] for value in gold])}
    report, text = evaluate(
        dev, outputs, kind="regression", labels=(), train=dev
    )
    assert [key for key in reported.KEYS if key not in report] == []
    assert report["metric"]["value"] == pytest.approx(1)
    assert report["per_class"] == [] and report["confusion"] is None
    assert report["calibration"] is None
    low, *_, high = report["by_range"]
    assert low["mean_error"] == 2 and high["mean_error"] == 0
    assert sum(row["rows"] for row in report["by_range"]) == 50
    assert report["baselines"][0]["name"] == "mean label (2)"
    assert "mean absolute" in text


def test_numbers_that_are_all_the_same(evaluate):
    dev = [(f"text {n}", 1.5) for n in range(6)]
    report, _ = evaluate(
        dev,
        {"logits": np.arange(6.0)[:, np.newaxis]},
        kind="regression",
        labels=(),
        train=dev,
    )
    assert report["metric"]["value"] == 0
    assert report["findings"][0].startswith("All 6 evaluated rows")


def test_tags(evaluate):
    words = "ms lee met oslo".split()
    tags = "O B-PER O B-LOC".split()
    dev = [(words, tags)] * 12
    logits = np.zeros([12, 32, 5])
    report, text = evaluate(
        dev,
        {"logits": logits},
        kind="tagging",
        labels=("O", "B-LOC", "I-LOC", "B-PER", "I-PER"),
        columns=("words", "tags"),
        scheme="BIO",
        train=dev[:2],
    )
    assert [key for key in reported.KEYS if key not in report] == []
    assert report["metric"]["name"] == "f1"
    assert report["rows"] == 12
    (usual,) = report["baselines"]
    assert usual["name"] == "each word's most frequent tag in training"
    assert usual["metrics"]["f1"] == 1 and usual["difference"]["high"] < 0
    assert report["duplicates"]["exact"] == 12
    assert [row["name"] for row in report["per_class"]] == ["LOC", "PER"]
    assert any("are never predicted" in x for x in report["findings"])
    assert "usual tags" in text


def test_choices_questions_and_embeddings(evaluate):
    report, _ = evaluate(
        [("Cats run.", "cats", "dogs", n % 2) for n in range(20)],
        {"logits": np.array([[1.0, 0.0]] * 20)},
        kind="multiple_choice",
        columns=("context", "one", "two", "label"),
        choices=("one", "two"),
        labels=(),
    )
    assert report["metric"]["value"] == 0.5 and report["groups"] == []
    assert report["metric"]["low"] < 0.5 < report["metric"]["high"]
    report, _ = evaluate(
        [("a cat", "a dog", n % 3) for n in range(20)],
        {"embeddings": np.random.default_rng(0).normal(size=[20, 2, 4])},
        kind="embedding",
        columns=("text", "other", "score"),
        text_pair="other",
        score="score",
        labels=(),
    )
    assert report["metric"]["name"] == "spearman"
    assert report["metric"]["low"] is not None
    assert report["loss"] is None and report["per_class"] == []
