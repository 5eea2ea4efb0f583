"""albert-tf report: one run, several, damaged ones."""

import pathlib
import subprocess
import sys

import commands
import pytest
from reported_runs import RESULTS
from reported_runs import make_run

from albert_tf.reporting import run_data

ROOT = pathlib.Path(__file__).parent.parent.parent


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "albert_tf.training.report", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_the_command_for_one_run(tmp_path):
    folder = make_run(tmp_path / "run", results=RESULTS)
    outcome = command(folder)
    assert outcome.returncode == 0, outcome.stderr
    lines = [" ".join(line.split()) for line in outcome.stdout.splitlines()]
    assert "masked-LM loss (nats) 2.5000 6.2500 unigram entropy" in lines
    assert "over 1,234 masked tokens, 567 sentence-order examples" in (
        outcome.stdout
    )
    assert (tmp_path / "run/curves.png").stat().st_size > 10_000
    assert "<svg" in (tmp_path / "run/report.html").read_text()


@pytest.mark.slow
def test_the_command_for_several_runs(tmp_path):
    folders = [make_run(tmp_path / name, results=RESULTS) for name in "ab"]
    output = tmp_path / "both.html"
    outcome = command(*folders, f"--output={output}")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("unigram entropy") == 2
    assert "Runs a, b" in output.read_text()
    assert not (tmp_path / "a/curves.png").exists()


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("run.json", None, "A run's folder must have a run.json"),
        ("metrics.jsonl", None, "A run's folder must have a metrics.jsonl"),
        ("metrics.jsonl", "", "must hold numbers"),
        ("metrics.jsonl", '{"step": 1}\n', "in line 1"),
        ("metrics.jsonl", '{"step": NaN, "kind": "eval"}\n', "in line 1"),
        ("metrics.jsonl", "\x00\xff\n", "one JSON object per line"),
        ("metrics.jsonl", "[" * 100_000 + "\n", "in line 1"),
        ("run.json", "{", "must hold one JSON object"),
        ("run.json", "[" * 100_000, "must hold one JSON object"),
        ("run.json", '{"a":' * 900 + "1" + "}" * 900, "nested more than"),
        ("run.json", "[1]", "must hold one JSON object"),
        (
            "metrics.jsonl",
            '{"step": 1, "kind": "eval", "x": ' + "[" * 900 + "]" * 900 + "}\n",
            "in line 1",
        ),
        ("metrics.jsonl", '{"step": 1, "kind": "tset", "x": 1}\n', "'tset'"),
        ("report.json", "[" * 100_000, "must hold one JSON object"),
        ("report.json", "{}", "must hold the report"),
        ("eval_results.json", '{"mlm_loss"', "must hold one JSON object"),
        ("events.jsonl", '{"step": 1}\n', '"event"'),
        (
            "events.jsonl",
            '{"step": 1, "event": "x", "y": ' + "[" * 900 + "]" * 900 + "}\n",
            "in line 1",
        ),
    ],
)
def test_damage_is_a_plain_error(tmp_path, name, content, message):
    folder = make_run(tmp_path / "run")
    path = tmp_path / "run" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content.encode("latin1"))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        run_data.read_runs([folder])


def test_the_command_ends_an_error_with_its_message(tmp_path):
    folder = make_run(tmp_path / "run")
    for arguments, message in (
        ([str(tmp_path / "none")], "A run's folder must have a run.json"),
        ([folder, "--output=run.json"], "--output must end in .html"),
    ):
        found = commands.run_line(["albert-tf report", *arguments])
        assert message in found and "Received" in found
