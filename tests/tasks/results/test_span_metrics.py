"""Scores of files of answers, against the official script."""

import json
import pathlib
import subprocess
import sys

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.results import file_metrics

ROOT = pathlib.Path(__file__).parents[3]


def source(path, **others):
    return splits.DataSource(files={"dev": str(path)}, **others)


@pytest.fixture
def squad(tmp_path):
    def question(name, *answers):
        found = [{"text": a, "answer_start": "a cat".find(a)} for a in answers]
        return {
            "id": name,
            "question": "?",
            "answers": found,
            "is_impossible": not answers,
        }

    questions = [question("x", "cat"), question("y"), question("z", "a cat")]
    paragraph = {"context": "a cat", "qas": questions}
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    return path


def test_squad(tmp_path, squad):
    answers, odds = tmp_path / "predictions.json", tmp_path / "null_odds.json"
    answers.write_text(json.dumps({"x": "cat", "y": "cat"}))
    odds.write_text(json.dumps({"x": -3.0, "y": 2, "z": 0.0}))
    task = table.named("squad2")
    values = file_metrics.evaluate(
        task, "dev", source(squad), str(answers), str(odds)
    )
    assert values["missing"] == 1
    assert values["exact"] == pytest.approx(100 / 3)
    assert values["best_exact"] == pytest.approx(200 / 3)
    assert values["best_exact_thresh"] == -3
    for content, message in [
        ({"other": "cat"}, "Each id must be the id of a question.*'other'"),
        ({"x": 3}, "The value for each id must be a string.*3"),
        (["x"], "must hold one JSON object"),
    ]:
        answers.write_text(json.dumps(content))
        with pytest.raises(ValueError, match=message):
            file_metrics.evaluate(task, "dev", source(squad), str(answers))


def test_ids_of_bad_questions_in_files_of_ones_own(tmp_path, squad):
    content = json.loads(squad.read_text())
    content["data"][0]["paragraphs"][0]["qas"][1]["question"] = " "
    squad.write_text(json.dumps(content))
    data = source(
        squad, on_bad_row="skip", columns=file_columns.Columns("span")
    )
    part = split_files.read(
        kinds.custom_task("span"), "dev", data, labelled=True
    )
    assert part.ids == ["x", "y", "z"] and part.examples[1] is None


@pytest.mark.shared
def test_the_numbers_of_the_official_script(shared):
    folder = shared / "data/squad"
    values = file_metrics.evaluate(
        table.named("squad2"),
        "dev",
        source(folder / "dev-v2.0-part.json"),
        str(folder / "reference_predictions.json"),
    )
    expected = json.loads((folder / "reference_scores.json").read_text())
    expected["NoAns_f1"] = expected.pop("NoAns")
    expected.pop("source")
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=1e-4)


def test_command(tmp_path, squad):
    answers = tmp_path / "predictions.json"
    answers.write_text(json.dumps({"x": "cat", "y": "", "z": "cat"}))

    def run(*flags):
        return subprocess.run(
            [sys.executable, "-m", "data_pipeline.tasks.metrics", *flags],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )

    outcome = run(
        "--task_name=squad2",
        f"--data_file={squad}",
        f"--predictions={answers}",
    )
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout)["f1"] == pytest.approx(100)
    outcome = run("--task_name=mnli", "--data_dir=.", "--predictions=x.tsv")
    assert outcome.returncode == 1 and not outcome.stdout
    assert "Traceback" not in outcome.stderr
    assert "--split must name the split of mnli" in outcome.stderr
