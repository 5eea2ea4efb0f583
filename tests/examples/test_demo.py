"""`make demo`, but for the installation: minutes of real training."""

import json
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

import albert_tf

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_demo(tmp_path):
    for name in ("albert_tf", "data_pipeline", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)

    def demo():
        return subprocess.run(
            [sys.executable, "examples/demo.py"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        )

    outcome = demo()
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    home = tmp_path / "runs/demo"
    summary = json.loads((home / "summary.json").read_text())
    assert summary["heldout_mlm_loss"] < summary["unigram_loss"] - 0.5
    assert (
        summary["heldout_mlm_accuracy"] > 2 * summary["most_frequent_accuracy"]
    )
    assert (home / "pretrain/curves.png").stat().st_size > 10_000
    assert (tmp_path / summary["savedmodel"] / "saved_model.pb").exists()
    assert "[MASK]" in (home / "filled_masks.txt").read_text()

    started = time.monotonic()
    again = demo()
    assert again.returncode == 0 and "Done before" in again.stdout
    assert time.monotonic() - started < 60
    assert json.loads((home / "summary.json").read_text()) == summary


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_example_of_help_learns_on_records_that_are_sound(
    tmp_path, monkeypatch
):
    """By the rate and the warm-up that it has when they are left out."""
    monkeypatch.syspath_prepend(ROOT / "examples")
    import demo

    monkeypatch.chdir(tmp_path)
    for stage in demo.corpus_stages():
        stage.run()
    audit = albert_tf.audit_records(
        albert_tf.AuditConfig(
            input_file=str(demo.HOME / "records/train/*.tfrecord")
        )
    )
    assert [each.advice for each in audit.comparisons if each.advice] == []
    results = albert_tf.pretrain(
        albert_tf.PretrainConfig(
            albert_config_file=str(ROOT / "examples/demo_config.json"),
            input_file=str(demo.HOME / "records/train/*.tfrecord"),
            eval_input_file=str(demo.HOME / "records/heldout/*.tfrecord"),
            output_dir="run",
            max_seq_length=64,
            train_batch_size=32,
            num_train_steps=2000,
            do_eval=True,
        )
    ).metrics
    assert results["mlm_loss"] < results["unigram_loss"] - 0.2
