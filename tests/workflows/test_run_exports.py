"""A run that is served is exported first, and nothing of it is left."""

import os
import subprocess

import pytest

from albert_tf.workflows.exporting import run_exports


@pytest.fixture
def run(tmp_path):
    """As it is seen from outside; its checkpoints are empty."""
    folder = tmp_path / "run"
    (folder / "best").mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    for place, step in ((folder / "best", 6), (folder, 9)):
        (place / "checkpoint").write_text(
            f'model_checkpoint_path: "ckpt-{step}"\n'
        )
        for end in (".index", ".data-00000-of-00001"):
            (place / f"ckpt-{step}{end}").touch()
    return folder


@pytest.fixture
def calls(monkeypatch):
    """What would be run."""
    found = []

    def run(command, **_):
        options = [a.split("=", 1) for a in command if a.startswith("--")]
        found.append(dict(options))
        os.mkdir(found[-1]["--output"])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(run_exports.subprocess, "run", run)
    return found


@pytest.mark.parametrize(
    "place, which, taken",
    [
        ("", None, "best/ckpt-6"),
        ("", "last", "ckpt-9"),
        ("best", None, "best"),
        ("ckpt-9", None, "ckpt-9"),
    ],
)
def test_runs_and_exports(run, calls, tmp_path, place, which, taken, caplog):
    caplog.set_level("INFO", logger="absl")
    (tmp_path / "1").mkdir()
    given = {"a": str(tmp_path / "1"), "b": os.path.join(run, place)}
    with run_exports.exported(given, which) as folders:
        assert folders["a"] == given["a"]
        assert os.path.isdir(folders["b"])
        assert folders["b"] != given["b"]
    assert not os.path.exists(os.path.dirname(folders["b"]))
    assert [call["--checkpoint"] for call in calls] == [str(run / taken)]
    assert "is not an export. Exporting" in caplog.text


def test_exports_are_served_as_they_are(calls, tmp_path):
    with run_exports.exported({"a": str(tmp_path)}, None) as folders:
        assert folders == {"a": str(tmp_path)}
    assert not calls
    with pytest.raises(ValueError, match="--which must be used with the fol"):
        with run_exports.exported({"a": str(tmp_path)}, "last"):
            pass


def test_a_run_that_cannot_be_exported(run, monkeypatch):
    monkeypatch.setattr(
        run_exports.subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(
            command, 1, "", "noise\nError: An export answers one task.\n"
        ),
    )
    with pytest.raises(ValueError, match=r"and: An export answers one task\."):
        with run_exports.exported({"a": str(run)}, None):
            pass


def test_stopping_leaves_nothing(run, calls, monkeypatch, tmp_path):
    monkeypatch.setattr(run_exports.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        with run_exports.exported({"a": str(run)}, None):
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["run"]
