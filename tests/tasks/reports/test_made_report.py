"""The report of an evaluation, and what it says about difficult data."""

import numpy as np
import pytest
import reported

WORDS = {"a": "cats run far", "b": "dogs sleep here", "c": "birds sing now"}


@pytest.fixture
def evaluate(vocabulary, tmp_path):
    return reported.function(vocabulary, tmp_path)


def _rows(labels, *more):
    """Rows whose texts are alike for each label and all different."""
    return [
        (f"{WORDS.get(label, 'things')} {number} {number * 7919}", label)
        + tuple(column[number] for column in more)
        for number, label in enumerate(labels)
    ]


def _logits(predicted, sure=3.0):
    return {
        "logits": sure
        * np.array([[label == name for name in "abc"] for label in predicted])
    }


def test_a_report_of_classes(evaluate):
    dev = "aaaabbbbcccc" * 10
    train = [(f"{WORDS[label]} {n}", label) for n, label in enumerate(dev)]
    report, text = evaluate(
        _rows(dev), _logits("aaaabbbaccca" * 10), train=train
    )
    assert [key for key in reported.KEYS if key not in report] == []
    assert report["rows"] == 120
    metric = report["metric"]
    assert metric["name"] == "accuracy"
    assert metric["low"] < metric["value"] == pytest.approx(10 / 12)
    assert metric["value"] < metric["high"] < 1
    first = report["per_class"][0]
    assert first["support"] == 40 and first["recall"] == 1
    assert first["roc_auc"] is not None
    assert [row["name"] for row in report["averages"]] == ["macro", "weighted"]
    assert report["confusion"]["counts"][1] == [10, 30, 0]
    majority, linear = report["baselines"]
    assert majority["trained_rows"] == linear["trained_rows"] == 120
    assert majority["metrics"]["accuracy"] == pytest.approx(1 / 3)
    assert majority["difference"]["low"] > 0
    # The words say it all.
    assert linear["metrics"]["accuracy"] == 1
    assert linear["difference"]["high"] < 0
    (wins,) = [one for one in report["findings"] if "baseline wins" in one]
    assert "TF-IDF with logistic regression, accuracy 1 against" in wins
    assert report["verdict"].startswith("The model is worse than a baseline")
    assert "A baseline wins" in text and "95% interval" in text
    bins = report["calibration"]["bins"]
    assert sum(one["rows"] for one in bins) == 120
    assert report["training"] == {"file": "train.jsonl", "rows": 120}


def test_a_class_that_is_never_predicted(evaluate):
    report, _ = evaluate(_rows("aaabbc" * 5), _logits("aaabba" * 5))
    found = report["findings"]
    assert "Class c is never predicted; its support is 5." in found
    report, _ = evaluate(_rows("aaabbc" * 5), _logits("aaaaaa" * 5))
    assert report["findings"][0].startswith("All predictions are a: the model")


def test_the_smallest_class_hides_behind_accuracy(evaluate):
    labels = "a" * 50 + "b" * 45 + "c" * 5
    report, _ = evaluate(_rows(labels), _logits(labels))
    assert any("Class c has 5.0% of the rows" in x for x in report["findings"])
    report, _ = evaluate(_rows("abc" * 30), _logits("abc" * 30))
    assert not any("of the rows, so" in x for x in report["findings"])


def test_all_labels_are_the_same(evaluate):
    train = _rows("aaaa")
    report, _ = evaluate(_rows("aaaaaaa"), _logits("aaaaaab"), train=train)
    assert report["findings"][0].startswith(
        "All 7 evaluated rows have the same"
    )
    assert report["findings"][1].startswith("Classes b and c have no")
    # There is nothing to learn for a linear model.
    assert [row["short"] for row in report["baselines"]] == ["majority"]
    assert report["per_class"][0]["roc_auc"] is None


def test_a_class_with_one_example(evaluate):
    report, _ = evaluate(
        _rows("aaabbbc"), _logits("aaabbbc"), train=_rows("aaabbbc")
    )
    joined = " ".join(report["findings"])
    assert "Class c has one example in training" in joined
    assert "Class c has one evaluated row" in joined


def test_a_class_that_the_evaluated_rows_lack(evaluate):
    report, _ = evaluate(
        _rows("aabb" * 5), _logits("aabb" * 5), train=_rows("abc" * 5)
    )
    assert any(
        finding.startswith("Class c has no evaluated row")
        for finding in report["findings"]
    )


def test_one_row(evaluate):
    report, _ = evaluate(_rows("a"), _logits("a"), train=_rows("abc"))
    assert report["rows"] == 1 and report["metric"]["value"] == 1


def test_duplicates_leak(evaluate):
    dev = _rows("ab" * 10)
    train = _rows("abc" * 10)[20:] + [
        (dev[0][0].upper() + "!", "a"),
        (dev[1][0], "c"),
    ]
    report, _ = evaluate(dev, _logits("ba" + "ab" * 9), train=train)
    found = report["duplicates"]
    assert (found["rows"], found["exact"], found["other_label"]) == (2, 2, 1)
    assert found["metric_without"] == 1
    (leak,) = [x for x in report["findings"] if x.startswith("Duplicates leak")]
    assert "2 of 20" in leak and "accuracy is 1 instead of 0.900" in leak
    assert found["examples"][1]["training_text"] == dev[1][0]


def test_groups(evaluate):
    labels = "ab" * 40
    country = ["Peru"] * 40 + ["Ghana"] * 39 + [None]
    predicted = "ab" * 20 + "aa" * 20
    report, text = evaluate(
        _rows(labels, country),
        _logits(predicted),
        columns=("text", "label", "country"),
        group_columns=("country",),
    )
    (found,) = report["groups"]
    peru, ghana, empty = found["groups"]
    assert (peru["name"], peru["rows"], peru["value"]) == ("Peru", 40, 1)
    assert ghana["low"] < ghana["value"] < ghana["high"]
    assert empty["name"] == "(empty)" and empty["too_small"]
    assert empty["low"] is None
    assert found["gap"]["worst"] == "Ghana" and not found["gap"]["is_noise"]
    joined = " ".join(report["findings"])
    assert "By country, the metric differs by 0.487, more than by" in joined
    assert "By country, (empty) has fewer than 10 rows" in joined
    assert "by country" in text


def test_every_row_is_a_group_of_its_own(evaluate):
    labels = "ab" * 20
    report, _ = evaluate(
        _rows(labels, [str(n) for n in range(40)]),
        _logits(labels),
        columns=("text", "label", "user"),
        group_columns=("user",),
    )
    (found,) = report["groups"]
    assert found["gap"] is None and found["left_out"] == 15
    assert all(row["too_small"] for row in found["groups"])


def test_a_missing_group_column(evaluate):
    with pytest.raises(ValueError, match="Received: 'country' for .*dev.jsonl"):
        evaluate(_rows("ab"), _logits("ab"), group_columns=("country",))


def test_by_length(evaluate):
    dev = [("cat " * (1 + n % 8), "a") for n in range(80)]
    report, _ = evaluate(dev, _logits("a" * 80))
    rows = report["by_length"]["groups"]
    assert len(rows) == 4 and sum(row["rows"] for row in rows) == 80
    assert [row["rows"] for row in rows] == pytest.approx([20] * 4, abs=4)
    starts = [int(row["name"].split()[0]) for row in rows]
    assert starts == sorted(starts)


def test_a_model_that_has_diverged(evaluate):
    with pytest.raises(FloatingPointError, match="3 of 6 that are not"):
        evaluate(_rows("ab"), {"logits": np.array([[np.nan] * 3, [0, 1, 2]])})
