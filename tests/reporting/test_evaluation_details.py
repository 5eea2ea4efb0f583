"""Details of evaluations on the page: panels, pictures, damage."""

import builtins
import json
import re

import pytest
from evaluated_runs import error
from evaluated_runs import grouped
from evaluated_runs import make_run
from evaluated_runs import page_of
from evaluated_runs import plain
from evaluated_runs import report
from evaluated_runs import write_lines

from albert_tf.reporting import panels
from albert_tf.reporting import run_data
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.evaluations import evaluation_page
from albert_tf.reporting.parts import style


def test_several_tasks_have_panels_of_their_own(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    labels = {"cola": ["0", "1"], "ner": ["O"]}
    (folder / "run.json").write_text(json.dumps({"labels": labels}))
    held_out = {"score": 0.5, "cola/matthews": 0.3, "cola/loss": 0.4}
    held_out |= {"ner/f1": 0.7, "ner/f1/PER": 0.6, "ner/f1/LOC": 0.5}
    rows = [
        {"step": 1, "kind": "train", "loss": 1.0, "cola_loss": 0.9},
        {"step": 1, "kind": "eval", **held_out},
    ]
    write_lines(folder / "metrics.jsonl", rows)
    found = panels.panels(run_data.read_runs([str(folder)]))["Learning"]
    by_key = {panel.key: panel for panel in found}
    assert by_key["cola/matthews"].title == "cola: Matthews correlation"
    kinds = [line.kind for line in by_key["cola/loss"].lines]
    assert kinds == ["train", "eval"]
    assert by_key["ner/f1/"].legend == [(0, "LOC"), (1, "PER")]
    assert found[0].key == "score"


def test_without_matplotlib_there_are_tables(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    folder = make_run(tmp_path / "run", found=report(), errors=[error()])
    monkeypatch.setattr(builtins, "__import__", without)
    page = page_of(folder)
    assert "pip install &#x27;albert_tf[demo]&#x27;" in page
    assert "<svg" not in page and "Not bad." in plain(page)


def test_pictures_take_the_colours_of_the_page(tmp_path):
    page = page_of(make_run(tmp_path / "run", found=report()))
    assert "prefers-color-scheme: dark" in style.CSS
    drawings = "".join(re.findall("<svg.*?</svg>", page, re.DOTALL))
    assert "var(--c0)" in drawings and "var(--ticks)" in drawings
    for shade in ("#0072b2", "#555555", "#8a8a8a"):
        assert shade not in drawings


def test_hostile_texts_of_errors_are_no_markup(tmp_path):
    evil = '"><script>$x$\ud800\n'
    found = report(
        task=evil,
        data=evil,
        confusion={"names": [evil, "b"], "counts": [[1, 2], [3, 4]]},
        per_class=[{"name": evil, "f1": 1.0}],
        groups=[grouped(column=evil)],
        verdict=evil,
        findings=[evil],
        residuals={evil: 1.0},
        confused=[{"label": evil, "prediction": evil, "rows": 1}],
    )
    row = error(text=evil, label=evil, prediction=evil)
    folder = make_run(tmp_path / "run", found=found, errors=[row])
    write_lines(tmp_path / "run/events.jsonl", [{"step": 2, "event": evil}])
    assert "<script" not in page_of(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"task": 1},
        {"metrics": {"accuracy": "high"}},
        {"metrics": [1]},
        {"metric": {"name": "accuracy"}},
        {"baselines": []},
        {"baselines": [{"name": "x", "metrics": {}}]},
        {"per_class": [{"name": "a", "f1": 1}, {"name": "b"}]},
        {"per_class": {"name": "a"}},
        {"per_class": [{"name": "a", "f1": "high"}]},
        {"groups": [grouped(left_out=None)]},
        {"groups": [grouped(groups=[{"name": "a"}])]},
        {"by_length": []},
        {"calibration": {"brier": 1}},
        {"duplicates": {"rows": 1}},
        {"findings": [1]},
        {"verdict": None},
        {"confusion": {"names": ["a"], "counts": [[1, 2]]}},
        {"confusion": {"names": [], "counts": []}},
        {"confused": [{"label": "a"}]},
        {"points": [[1, float("inf")]]},
        {"errors": {"count": True, "file": "x"}},
        {"errors": {"count": 1, "file": None}},
        {"rows": 1.5},
        {"checkpoint": 7},
    ],
)
def test_damaged_reports_are_a_plain_error(tmp_path, changes):
    (tmp_path / "report.json").write_text(json.dumps(report(**changes)))
    with pytest.raises(ValueError, match="report.json must hold"):
        evaluation_details.read(str(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"text": "a"}',
        "[" * 10**5,
        '{"text": "a", "label": "b", "prediction": 1}',
        '{"text": "a", "label": "b", "prediction": "c", "x": '
        + "[" * 900
        + "]" * 900
        + "}",
    ],
)
def test_damaged_errors_are_a_plain_error(tmp_path, line):
    (tmp_path / "report.json").write_text(json.dumps(report()))
    (tmp_path / "dev_errors.jsonl").write_text(line + "\n")
    with pytest.raises(
        ValueError, match="dev_errors.jsonl must hold .* line 1"
    ):
        evaluation_details.read(str(tmp_path))


def test_a_report_leads_to_no_file_elsewhere(tmp_path):
    (tmp_path / "secret.jsonl").write_text("{")
    inside = tmp_path / "run"
    inside.mkdir()
    found = report(errors={"count": 1, "file": "../secret.jsonl"})
    (inside / "report.json").write_text(json.dumps(found))
    (evaluation,) = evaluation_details.read(str(inside))
    assert evaluation.errors == []


def test_several_splits_have_a_report_each(tmp_path):
    for part in ("dev_matched", "dev_mismatched"):
        text = json.dumps(report(part=part))
        (tmp_path / f"{part}_report.json").write_text(text)
    found = evaluation_details.read(str(tmp_path))
    assert [one.part for one in found] == ["dev_matched", "dev_mismatched"]
    page = evaluation_page.page(found)
    assert page.count('class="verdict"') == 2


def test_the_page_of_an_evaluation_begins_with_the_decision(tmp_path):
    duplicates = {
        "rows": 4,
        "exact": 3,
        "share": 0.1,
        "other_label": 1,
        "metric_without": 0.7,
        "examples": [{"text": "A.", "training_text": "a", "similarity": 1.0}],
    }
    make_run(
        tmp_path / "run",
        found=report(duplicates=duplicates),
        errors=[error(mattered="bad 61%")],
    )
    found = evaluation_details.read(str(tmp_path / "run"))
    page = evaluation_page.page(found)
    text = plain(page)
    places = [
        text.index(words)
        for words in (
            "The model is better than the baseline.",
            "accuracy 0.7500 95% interval 0.600 to 0.870",
            "baseline: majority 0.5500",
            "Class no is never predicted; its support is 20.",
            "+0.200 0.100 to 0.300",
            "Expected calibration error 0.100",
            "accuracy by country",
            "what mattered: bad 61%",
            "4 evaluated rows (10.0%) are also in the training data",
        )
    ]
    assert places == sorted(places)
    assert "Peru 1.000 too few rows 1" in text
    assert "http" not in re.sub(r'xmlns[:\w]*="[^"]*"', "", page)


def test_the_report_of_a_vocabulary_is_not_one_of_an_evaluation(tmp_path):
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab/report.json").write_text('{"vocab_size": 8000}')
    assert evaluation_details.read(str(tmp_path)) == []
