"""run_pretraining.py from the command line: trains, resumes, refuses."""

import json
import pathlib
import sys

import numpy as np
import pytest
import slowly
import tensorflow as tf

ROOT = pathlib.Path(__file__).parent.parent.parent


def test_a_run_leaves_what_it_promises(finished, runs):
    folder, outcome = finished
    evaluations = runs.rows(folder, "eval")
    assert [row["step"] for row in evaluations] == [0, 6, 12]
    assert evaluations[-1]["mlm_loss"] < evaluations[0]["mlm_loss"]
    # Untrained, nothing is known: log 70 is 4.25.
    assert evaluations[0]["mlm_loss"] == pytest.approx(np.log(70), abs=0.2)
    assert [row["step"] for row in runs.rows(folder, "train")] == [
        *(2, 4, 6, 8, 10, 12)
    ]
    names = {path.name for path in folder.iterdir()}
    assert {
        "albert_config.json",
        "run.json",
        "tokenizer.json",
        "tokenizer.model",
        "ckpt-4.index",
        "ckpt-8.index",
        "ckpt-12.index",
        "tensorboard",
    } <= names
    results = json.loads((folder / "eval_results.json").read_text())
    assert results["mlm_loss"] == pytest.approx(evaluations[-1]["mlm_loss"])
    assert 0 < results["unigram_loss"] < np.log(70)
    assert "step 12 held out" in outcome.stderr
    assert list((folder / "tensorboard").iterdir())


def test_evaluation_alone_repeats_the_numbers(finished, command, runs):
    folder, _ = finished
    before = json.loads((folder / "eval_results.json").read_text())
    outcome = runs.run(command(folder, do_train=False, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    after = json.loads((folder / "eval_results.json").read_text())
    assert after == pytest.approx(before, rel=1e-6)


@pytest.mark.parametrize(
    "flags, rule, received",
    slowly.after(
        1,
        [
            (
                {"input_file": "nowhere/*"},
                "Record files must exist",
                "nowhere/*",
            ),
            ({"max_seq_length": 32}, "--max_seq_length must be", "32"),
            ({"train_batch_size": 0}, "split evenly", "0 over 1"),
            (
                {"strategy": "mirrored", "jit_compile": True},
                "--jit_compile must be used with a single",
                "2 replicas",
            ),
            (
                {"albert_config_file": "no.json"},
                "must be a JSON file",
                "no.json",
            ),
            ({"model": "base"}, "exactly one of", "'base'"),
            (
                {"albert_config_file": None, "model": "base"},
                "number of pieces",
                "",
            ),
            ({"num_warmup_steps": 12}, "Warm-up must end", "12"),
            (
                {"init_checkpoint": "nothing"},
                "path of a checkpoint must",
                "nothing",
            ),
            ({"do_train": False}, "must be requested", ""),
            ({"init_checkpoint": ""}, "--init_checkpoint must name", "''"),
            ({"grow_from": "nothing"}, "path of a checkpoint must", "nothing"),
            (
                {"grow_from": "a", "init_checkpoint": "b"},
                "only one of",
                "'a'",
            ),
            (
                {"allow_partial_init": True},
                "must be used with --init_checkpoint",
                "no --init_checkpoint",
            ),
        ],
    ),
)
def test_wrong_flags(command, tmp_path, flags, rule, received, runs):
    outcome = runs.run(command(tmp_path / "run", **flags))
    assert outcome.returncode == 1
    assert f"Error: {rule}"[:7] in outcome.stderr
    assert rule in outcome.stderr and received in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not list((tmp_path / "run").glob("ckpt*"))


def test_a_batch_must_divide_over_the_replicas(command, tmp_path, runs):
    outcome = runs.run(
        command(tmp_path / "run", strategy="mirrored", train_batch_size=9)
    )
    assert (
        outcome.returncode == 1
        and "The next size that fits is 10" in outcome.stderr
    )


@pytest.mark.slow
def test_another_run_in_the_same_folder(finished, command, runs):
    folder, _ = finished
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    outcome = runs.run(command(folder, learning_rate=0.001))
    assert outcome.returncode == 1
    assert "learning_rate: 0.005 there, 0.001 now" in outcome.stderr
    outcome = runs.run(command(folder.parent))
    assert outcome.returncode == 1 and "new or empty folder" in outcome.stderr
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_the_run(command, tmp_path, runs):
    outcome = runs.run(
        command(
            tmp_path / "run",
            optimizer="adamw",
            learning_rate=1e38,
            eval_input_file=None,
        )
    )
    assert outcome.returncode == 1
    assert "became" in outcome.stderr and "Traceback" not in outcome.stderr
    latest = tf.train.latest_checkpoint(str(tmp_path / "run"))
    assert latest.endswith("ckpt-0")


@pytest.mark.slow
def test_a_damaged_record_is_named(command, record_folder, tmp_path, runs):
    for path in record_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = tmp_path / "part-00001-of-00003.tfrecord"
    damaged = bytearray(shard.read_bytes())
    damaged[20] ^= 1
    shard.write_bytes(damaged)
    files = f"{tmp_path}/*.tfrecord"
    outcome = runs.run(command(tmp_path / "run", input_file=files))
    assert outcome.returncode == 1
    assert f"record 0 of {shard}, at byte 0" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_help_needs_no_records(runs):
    outcome = runs.run(
        [sys.executable, str(ROOT / "run_pretraining.py"), "--help"]
    )
    for flag in ("--albert_config_file", "--learning_rate", "--strategy"):
        assert flag in outcome.stdout
