"""`make demo`, but for the installation: minutes of real training."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).parent.parent


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
def test_the_example_of_help_learns_on_records_that_are_sound(tmp_path):
    """By the rate and the warm-up that it has when they are left out."""

    def run(*command):
        outcome = subprocess.run(
            [sys.executable, *map(str, command)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert outcome.returncode == 0, outcome.stderr
        return outcome

    sys.path.insert(0, str(ROOT / "examples"))
    try:
        import demo
    finally:
        sys.path.pop(0)
    for _, command, _ in demo.corpus_stages():
        run(*command[1:])
    records = tmp_path / demo.HOME / "records"
    audit = run(
        "-m",
        "data_pipeline.pretraining.audit",
        f"--input_file={records}/train/*.tfrecord",
    )
    assert "promised" in audit.stdout and " !" not in audit.stdout
    run(
        ROOT / "run_pretraining.py",
        f"--albert_config_file={ROOT}/examples/demo_config.json",
        f"--input_file={records}/train/*.tfrecord",
        f"--eval_input_file={records}/heldout/*.tfrecord",
        "--output_dir=run",
        "--max_seq_length=64",
        "--train_batch_size=32",
        "--num_train_steps=2000",
        "--do_eval",
    )
    results = json.loads((tmp_path / "run/eval_results.json").read_text())
    assert results["mlm_loss"] < results["unigram_loss"] - 0.2
