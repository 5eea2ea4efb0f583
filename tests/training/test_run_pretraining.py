"""run_pretraining.py from the command line: trains, resumes, refuses."""

import json
import pathlib
import sys

import numpy as np
import pytest
import slowly
import tensorflow as tf

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.building import masked_records
from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets
from data_pipeline.text import tokenizer as tokenizer_lib

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def finished(command, tmp_path_factory, runs):
    """A finished run on one device, with what it printed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    outcome = runs.run(command(folder, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    return folder, outcome


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
def test_starting_from_the_weights_of_another_run(
    finished, command, tmp_path, runs
):
    folder, _ = finished
    outcome = runs.run(
        command(tmp_path / "run", init_checkpoint=folder, learning_rate=1e-9)
    )
    assert outcome.returncode == 0, outcome.stderr
    expected = runs.final_weights(folder)
    for name, value in runs.final_weights(tmp_path / "run").items():
        np.testing.assert_allclose(value, expected[name], atol=1e-6)


@pytest.fixture(scope="module")
def google_records_file(record_folder, vocabulary, tmp_path_factory):
    """The records of `record_folder`, masked, in Google's format."""
    tokenizer = tokenizer_lib.load(vocabulary)
    record_set = record_sets.open_records(f"{record_folder}/*.tfrecord", 64)
    numbers = np.arange(len(record_set.files))
    serialized = record_set.files.read(numbers).tolist()
    token_ids, first_length, _ = records.parse(serialized)
    examples = [
        examples_lib.Example(ids, first)
        for ids, first in zip(
            token_ids.to_list(), first_length.numpy().tolist(), strict=True
        )
    ]
    path = tmp_path_factory.mktemp("google") / "masked.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in masked_records.serialize(
            examples,
            mask_spec.from_config(
                mask_config.MaskConfig(max_predictions_per_seq=6), tokenizer
            ),
            randomness.fold(1, numbers),
            max_seq_length=64,
        ):
            writer.write(record)
    return path


@pytest.mark.slow
def test_records_of_googles_format(
    google_records_file, vocabulary, command, tmp_path, runs
):
    flags = {
        "input_file": google_records_file,
        "eval_input_file": google_records_file,
    }
    outcome = runs.run(command(tmp_path / "run", do_eval=True, **flags))
    assert outcome.returncode == 0, outcome.stderr
    evaluations = runs.rows(tmp_path / "run", "eval")
    assert evaluations[-1]["mlm_loss"] < evaluations[0]["mlm_loss"]
    assert 0 < evaluations[0]["sentence_order_loss"] < 1
    assert not (tmp_path / "run/tokenizer.json").exists()
    # Only with a vocabulary named can the run be exported.
    outcome = runs.run(
        command(
            tmp_path / "named",
            num_train_steps=4,
            eval_steps=0,
            spm_model_file=vocabulary,
            **flags,
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    saved = tokenizer_lib.load(tmp_path / "named")
    assert saved.fingerprint == tokenizer_lib.load(vocabulary).fingerprint


@pytest.mark.slow
def test_records_of_googles_format_that_do_not_fit(
    google_records_file, command, config_file, tmp_path, runs, sizes
):
    (tmp_path / "config.json").write_text(
        json.dumps({**sizes, "vocab_size": 60})
    )
    for flags, message in (
        ({"max_predictions_per_seq": 20}, "Pass --max_predictions_per_seq=6."),
        ({"max_seq_length": 32}, "Pass --max_seq_length=64."),
        (
            {"albert_config_file": tmp_path / "config.json"},
            "The config's vocab_size must",
        ),
    ):
        outcome = runs.run(
            command(
                tmp_path / "run",
                **{
                    "input_file": google_records_file,
                    "eval_input_file": None,
                    **flags,
                },
            )
        )
        assert outcome.returncode == 1
        assert message in outcome.stderr and "Traceback" not in outcome.stderr


@pytest.mark.slow
def test_growing_starts_from_the_same_function(
    finished, command, tmp_path, runs, sizes
):
    folder, _ = finished
    config = {**sizes, "num_hidden_groups": 2, "inner_group_num": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = runs.run(
        command(
            tmp_path / "run",
            albert_config_file=tmp_path / "config.json",
            grow_from=folder,
            num_train_steps=4,
            strategy="mirrored",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    before = runs.rows(folder, "eval")[-1]
    after = runs.rows(tmp_path / "run", "eval")[0]
    assert after["step"] == 0
    for name in ("mlm_loss", "sentence_order_loss"):
        assert after[name] == pytest.approx(before[name], rel=1e-5)


@pytest.mark.slow
def test_a_part_of_the_weights(finished, command, tmp_path, runs, sizes):
    folder, _ = finished
    (tmp_path / "config.json").write_text(
        json.dumps({**sizes, "intermediate_size": 20})
    )
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "init_checkpoint": folder,
        "num_train_steps": 4,
        "strategy": "mirrored",
    }
    outcome = runs.run(command(tmp_path / "refused", **flags))
    assert outcome.returncode == 1
    assert "ffn/inner_kernel (16, 24), not (16, 20)" in outcome.stderr
    outcome = runs.run(
        command(tmp_path / "allowed", allow_partial_init=True, **flags)
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "0 unexpected, 3 of another shape" in outcome.stderr


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
