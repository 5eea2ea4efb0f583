"""Evaluations on model cards: only those of the exported weights."""

from card_facts import DATA
from card_facts import OTHERS
from card_facts import card
from card_facts import evaluation
from card_facts import facts
from card_facts import result

from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import run as card_run


def test_evaluations_of_other_weights_are_left_out(sizes, caplog):
    text = card(
        sizes,
        evaluation(weights=OTHERS[:16], results={"accuracy": 0.6014}),
        evaluation(results={"accuracy": 0.5844}),
    )
    assert "0.5844" in text and "0.6014" not in text
    text = card(sizes, evaluation(weights=OTHERS[:16]))
    assert "Unknown: the recorded evaluations are of other weights" in text
    assert "model-index" not in text
    assert "card states no evaluation" in caplog.text


def test_a_score_that_the_gate_contradicts_is_left_out(sizes, caplog):
    wrong = evaluation(results={"accuracy": 0.6014})
    same = {**DATA, "of": 1500}
    given = {"results": [result(0.5844)], "compared_on": same}
    text = card(sizes, wrong, **given)
    assert "0.6014" not in text and "| int8 | accuracy | 0.5844 |" in text
    assert "model-index" not in text
    for part in ("accuracy 0.6014", "have 0.5844", "dev.csv", "best/ckpt-600"):
        assert part in caplog.text
    # A few rows, other rows, another metric or nearly the same say nothing.
    for changes in (
        {"compared_on": {**same, "rows": 100}},
        {"compared_on": {**same, "sha256": "0" * 64}},
        {"results": [result(0.5844, "f1")]},
        {"results": [result(0.6018)]},
    ):
        text = card(sizes, wrong, **{**given, **changes})
        assert "| accuracy | 0.6014 |" in text
    # No number is no proof.
    nothing = {**given, "results": [result(float("nan"))]}
    assert "0.6014" not in card(sizes, wrong, **nothing)


def test_spans_are_recorded_in_percent(sizes):
    one = evaluation(results={"f1": 60.14, "exact": 50.0})
    for original, is_in in ((0.6014, True), (0.5844, False)):
        text = card(
            sizes,
            one,
            kind="span",
            results=[result(original, "f1")],
            compared_on={**DATA, "of": 1500},
        )
        assert ("60.1400" in text) == is_in


def test_each_part_and_task_has_its_numbers(sizes):
    parts = [DATA, {**DATA, "part": "dev_2", "file": "dev_2.csv"}]
    one = evaluation(
        data={"sst-2": parts},
        results={"score": 1, "dev/accuracy": 0.25, "dev_2/accuracy": 0.75},
    )
    text = card(sizes, one)
    assert text.index("rows of dev.csv") < text.index("| accuracy | 0.2500 |")
    assert text.index("rows of dev_2.csv") < text.index("| accuracy | 0.7500 |")
    several = evaluation(
        weights="0" * 16,
        data={"sst-2": [DATA], "rte": [DATA]},
        results={"sst-2/accuracy": 0.25, "rte/accuracy": 0.75},
    )
    text = card(sizes, several)
    assert "0.2500" in text and "0.7500" not in text
    assert "0.2500" not in card(sizes, {**several, "checkpoint": "ckpt-900"})


def test_training_data_is_called_so(sizes):
    run = card_run.Run({"data": {"sst-2": "1a2b" * 16}}, [evaluation()])
    text = model_card.card(facts(sizes), run)
    assert "1a2b1a2b...), which it was trained on, with at" in text
    assert "| accuracy | 0.8125 |" in text and "model-index" not in text


def test_results_of_nobody_knows_what(sizes, tmp_path, caplog):
    (tmp_path / "eval_results.json").write_text('{"accuracy": 0.9071}')
    text = model_card.card(facts(sizes), card_run.read(str(tmp_path)))
    assert "0.9071" not in text
    assert "eval_results.json does not say which checkpoint and data" in text
    assert "eval_results.json does not say" in caplog.text
