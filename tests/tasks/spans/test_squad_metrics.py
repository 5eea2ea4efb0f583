"""SQuAD's metrics, on cases worked out by hand."""

import json

import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import squad
from data_pipeline.tasks.spans import squad_metrics


def example(name, *answers, context="c"):
    return example_types.SpanExample(
        name, "?", context, tuple((0, text) for text in answers)
    )


@pytest.mark.parametrize(
    "text, normal",
    [
        ("The  Cat's\ttail.", "cats tail"),
        ("a b-c, an AN other", "bc other"),
        ("theatre – Über", "theatre – über"),  # only ASCII punctuation goes
        ("the", ""),
    ],
)
def test_normalization(text, normal):
    assert squad_metrics.normalize(text) == normal


def test_version_1_takes_the_best_of_all_answers():
    examples = [
        example("exact", "dog", "The cat!"),
        None,
        example("part", "big red bus", "red"),  # F1 2/3 with the second
        example("words", "the", "an"),  # official: no word in common, F1 0
        example("missing", "dog"),
    ]
    predictions = {"exact": "cat", "part": "red car", "words": "a", "other": ""}
    assert squad_metrics.evaluate_v1(examples, predictions) == {
        "exact_match": pytest.approx(100 * 2 / 4),
        "f1": pytest.approx(100 * (1 + 2 / 3) / 4),
        "missing": 1,
    }


V2 = [
    example("right", "cat"),
    example("half", "cat dog"),  # F1 2/3
    example("silent", "cat"),
    example("none"),
    example("invented"),
    example("missing"),
]
PREDICTIONS = {
    "right": "the cat",
    "half": "cat",
    "silent": "",
    "none": "",
    "invented": "cat",
}


def test_version_2_knows_questions_without_an_answer():
    assert squad_metrics.evaluate_v2(V2, PREDICTIONS) == {
        "exact": pytest.approx(100 * 2 / 6),
        "f1": pytest.approx(100 * (2 + 2 / 3) / 6),
        "total": 6,
        "HasAns_exact": pytest.approx(100 / 3),
        "HasAns_f1": pytest.approx(100 * (1 + 2 / 3) / 3),
        "HasAns_total": 3,
        "NoAns_exact": pytest.approx(100 / 3),
        "NoAns_f1": pytest.approx(100 / 3),
        "NoAns_total": 3,
        "missing": 1,
    }


def test_version_2_of_words_that_go_and_of_one_kind_only():
    metrics = squad_metrics.evaluate_v2(
        [example("a", "the"), example("b", "the", "cat")], {"a": "", "b": ""}
    )
    # As official: "a" has no answer of words, so "" is right; "b" has one.
    assert metrics["exact"] == metrics["f1"] == 50
    assert "NoAns_total" not in metrics


def test_metrics_need_labels():
    unlabelled = example_types.SpanExample("q", "?", "c", None)
    for examples in ([unlabelled], [None]):
        with pytest.raises(ValueError, match="must have answers to be scored"):
            squad_metrics.evaluate_v2(examples, {})


TEXTS = {"right": "cat", "half": "cat", "none": "dog", "invented": "dog"}
FOUR = [V2[0], V2[1], V2[3], V2[4]]


def test_the_best_thresholds_are_found():
    null = {"right": -3.0, "none": -1.0, "half": 0.0, "invented": 2.0}
    # None answered: 2 of 4 right. Then 3, 2, 2 (F1 2 2/3) and so on.
    assert squad_metrics.best_thresholds(FOUR, TEXTS, null) == {
        "best_exact": 75,
        "best_exact_thresh": -3.0,
        "best_f1": 75,
        "best_f1_thresh": -3.0,
    }
    null["half"] = -2.0
    found = squad_metrics.best_thresholds(FOUR, TEXTS, null)
    assert found["best_f1"] == pytest.approx(100 * (3 + 2 / 3) / 4)
    assert (found["best_exact_thresh"], found["best_f1_thresh"]) == (-3.0, -2.0)


def applied(examples, texts, null, threshold):
    return {n: t if null[n] <= threshold else "" for n, t in texts.items()}


def test_a_threshold_gives_the_metric_that_it_is_named_for():
    # Equal scores cannot be parted, and answering nothing is best.
    null = {"right": 1.0, "none": 1.0, "half": 2.0, "invented": 1.0}
    found = squad_metrics.best_thresholds(FOUR, TEXTS, null)
    assert found["best_f1"] == 50 and found["best_f1_thresh"] < 1
    got = applied(FOUR, TEXTS, null, found["best_f1_thresh"])
    assert squad_metrics.evaluate_v2(FOUR, got)["f1"] == 50


def test_no_question_helps_to_find_its_own_threshold():
    # In paragraphs 1 and 3 an answer is right up to null score 5, in 2 and 4
    # up to -5.
    examples, texts, null = [], {}, {}
    for paragraph, limit in enumerate((5, -5, 5, -5)):
        for score in range(-9, 10, 2):
            name = f"{paragraph} {score}"
            answers = ["cat"] if score <= limit else []
            examples.append(example(name, *answers, context=str(paragraph)))
            texts[name], null[name] = "cat", float(score)
    best = squad_metrics.best_thresholds(examples, texts, null)
    answers, thresholds = squad_metrics.decide_on_halves(examples, texts, null)
    assert thresholds == (5, -5)
    metrics = squad_metrics.evaluate_v2(examples, answers)
    # Of each ten questions, the five at -3 to 5 are judged wrongly.
    assert metrics["f1"] == 50
    assert best["best_f1"] == 75
    assert metrics["total"] == 40


def test_halves_need_two_paragraphs():
    with pytest.raises(ValueError, match="on one paragraph"):
        squad_metrics.decide_on_halves(FOUR, TEXTS, {})


@pytest.mark.shared
def test_the_numbers_of_the_official_script(shared):
    folder = shared / "data/squad"
    examples = squad.read(
        str(folder / "dev-v2.0-part.json"), row_problems.Problems()
    )
    predictions = json.loads(
        (folder / "reference_predictions.json").read_text()
    )
    official = json.loads((folder / "reference_scores.json").read_text())
    metrics = squad_metrics.evaluate_v2(examples, predictions)
    assert metrics["NoAns_f1"] == pytest.approx(official["NoAns"], abs=1e-4)
    for name in ("exact", "f1", "HasAns_exact", "HasAns_f1", "total"):
        assert metrics[name] == pytest.approx(official[name], abs=1e-4), name
