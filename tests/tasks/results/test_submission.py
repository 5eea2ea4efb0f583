import pathlib
import subprocess
import sys
import time
import zipfile

import pytest

from data_pipeline.tasks.results import submission

ROOT = pathlib.Path(__file__).parents[3]


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n).decode() for n in archive.namelist()}


def test_files_as_the_site_takes_them(tmp_path):
    path = tmp_path / "submission.zip"
    predictions = {
        "STS-B.tsv": [("0", 5.2), (1, -1e-9), (2, 1.23456), (3, 4)],
        "CoLA.tsv": [(0, "1"), (1, "0")],
        "MNLI-mm.tsv": [(0, "neutral")],
        "QNLI.tsv": [(0, "not_entailment")],
    }
    submission.write_zip(str(path), predictions)
    assert contents(path) == {
        "CoLA.tsv": "index\tprediction\n0\t1\n1\t0\n",
        "STS-B.tsv": (
            "index\tprediction\n0\t5.000\n1\t0.000\n2\t1.235\n3\t4.000\n"
        ),
        "MNLI-mm.tsv": "index\tprediction\n0\tneutral\n",
        "QNLI.tsv": "index\tprediction\n0\tnot_entailment\n",
    }
    assert [entry.name for entry in tmp_path.iterdir()] == ["submission.zip"]


def test_the_same_rows_make_the_same_bytes(tmp_path, monkeypatch):
    rows = {"CoLA.tsv": [(0, "1")], "AX.tsv": [(0, "neutral")]}
    submission.write_zip(str(tmp_path / "a"), rows)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e6)
    turned = dict(reversed(rows.items()))
    submission.write_zip(str(tmp_path / "b"), turned)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "name, rows, message",
    [
        ("cola.tsv", [], "site's files must be CoLA.tsv, .*cola.tsv"),
        (
            "CoLA.tsv",
            [(0, "yes")],
            "must contain only 0 or 1. Received: 'yes' at index 0",
        ),
        (
            "RTE.tsv",
            [(4, "0")],
            "must contain only entailment or not_entailment.*index 4",
        ),
        (
            "AX.tsv",
            [(0, "not_entailment")],
            "must contain only contradiction or",
        ),
        ("STS-B.tsv", [(0, float("nan"))], "finite numbers. Received: nan"),
        ("QQP.tsv", [(0, "1"), (0, "1")], "Received: 0 twice"),
    ],
)
def test_what_the_site_would_refuse(tmp_path, name, rows, message):
    path = tmp_path / "submission.zip"
    with pytest.raises(ValueError, match=message):
        submission.write_zip(str(path), {name: rows})
    assert not path.exists()


@pytest.fixture
def runs(tmp_path):
    for task in ("CoLA", "MRPC"):
        (tmp_path / task).mkdir()
        submission.write_zip(
            str(tmp_path / task / "submission.zip"),
            {f"{task}.tsv": [(0, "1")]},
        )
    return tmp_path


def test_runs_are_joined(runs):
    output = runs / "all.zip"
    folders = [str(runs / "MRPC"), str(runs / "CoLA")]
    missing = submission.merge(folders, str(output))
    assert list(contents(output)) == ["CoLA.tsv", "MRPC.tsv"]
    assert contents(output)["MRPC.tsv"] == "index\tprediction\n0\t1\n"
    others = set(submission.LABELS) - {"CoLA.tsv", "MRPC.tsv"}
    assert set(missing) == others and len(missing) == 9


def test_runs_that_cannot_be_joined(runs):
    cola = str(runs / "CoLA")
    output = str(runs / "all.zip")
    with pytest.raises(ValueError, match="one run. Received: CoLA.tsv"):
        submission.merge([cola, cola], output)
    with pytest.raises(FileNotFoundError, match="Predict the run's test set"):
        submission.merge([str(runs)], output)
    (runs / "submission.zip").write_bytes(b"PK\3\4")
    with pytest.raises(ValueError, match="must be a zip"):
        submission.merge([str(runs)], output)
    with zipfile.ZipFile(runs / "submission.zip", "w") as archive:
        archive.writestr("notes.txt", "")
    with pytest.raises(ValueError, match="Received: notes.txt"):
        submission.merge([str(runs)], output)


def test_command(runs):
    def run():
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "data_pipeline.tasks.submission",
                f"--output={runs / 'all.zip'}",
                f"--input_dir={runs / 'CoLA'},{runs / 'MRPC'}",
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    first = run()
    assert first.returncode == 0, first.stderr
    assert "Wrote 2 files" in first.stderr
    assert "Missing: SST-2.tsv, STS-B.tsv," in first.stderr
    second = run()
    assert second.returncode == 1
    assert "Nothing is overwritten" in second.stderr
