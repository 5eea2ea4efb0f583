"""run_pretraining.py from the command line: trains, resumes, refuses."""

import json
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from data_pipeline.pretraining import google_records
from data_pipeline.pretraining import input as input_lib
from data_pipeline.pretraining import randomness
from data_pipeline.pretraining import record_sets
from data_pipeline.pretraining import records
from data_pipeline.pretraining import segments
from data_pipeline.text import tokenizer as tokenizer_lib

ROOT = pathlib.Path(__file__).parent.parent.parent
CONFIG = {
    "vocab_size": 70,
    "embedding_size": 12,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 64,
}


@pytest.fixture(scope="module")
def config_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture(scope="module")
def command(record_folder, config_file):
    """Makes a command line; keywords replace or add flags, None drops one."""

    def make(output_dir, **flags):
        flags = {
            "albert_config_file": config_file,
            "input_file": f"{record_folder}/*.tfrecord",
            "eval_input_file": f"{record_folder}/*.tfrecord",
            "output_dir": output_dir,
            "max_seq_length": 64,
            "max_predictions_per_seq": 6,
            "train_batch_size": 8,
            "eval_batch_size": 8,
            "learning_rate": 0.005,
            "num_train_steps": 12,
            "num_warmup_steps": 2,
            "iterations_per_loop": 2,
            "save_checkpoints_steps": 4,
            "eval_steps": 6,
            "strategy": "one_device",
            **flags,
        }
        return [
            sys.executable,
            str(ROOT / "run_pretraining.py"),
            *(
                f"--{name}={value}"
                for name, value in flags.items()
                if value is not None
            ),
        ]

    return make


def run(command):
    return subprocess.run(command, capture_output=True, text=True)


def metrics(folder, kind):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["kind"] == kind]


def final_weights(folder):
    weights = models.named_weights(albert_tf.load(folder))
    return {name: weight.numpy() for name, weight in weights.items()}


@pytest.fixture(scope="module")
def finished(command, tmp_path_factory):
    """A finished run on one device, with what it printed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    outcome = run(command(folder, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    return folder, outcome


def test_a_run_leaves_what_it_promises(finished):
    folder, outcome = finished
    evaluations = metrics(folder, "eval")
    assert [row["step"] for row in evaluations] == [0, 6, 12]
    assert evaluations[-1]["mlm_loss"] < evaluations[0]["mlm_loss"]
    # Untrained, nothing is known: log 70 is 4.25.
    assert evaluations[0]["mlm_loss"] == pytest.approx(np.log(70), abs=0.2)
    assert [row["step"] for row in metrics(folder, "train")] == [
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
    assert list((folder / "tensorboard/train").iterdir())


def test_evaluation_alone_repeats_the_numbers(finished, command):
    folder, _ = finished
    before = json.loads((folder / "eval_results.json").read_text())
    outcome = run(command(folder, do_train=False, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    after = json.loads((folder / "eval_results.json").read_text())
    assert after == pytest.approx(before, rel=1e-6)


def test_two_replicas_train_like_one_device(finished, command, tmp_path):
    folder, _ = finished
    outcome = run(command(tmp_path / "run", strategy="mirrored"))
    assert outcome.returncode == 0, outcome.stderr
    for kind in ("train", "eval"):
        for one, two in zip(
            metrics(folder, kind), metrics(tmp_path / "run", kind), strict=True
        ):
            for name in ("mlm_loss", "sentence_order_loss"):
                assert two[name] == pytest.approx(one[name], rel=1e-5)
    expected = final_weights(folder)
    for name, value in final_weights(tmp_path / "run").items():
        np.testing.assert_allclose(
            value, expected[name], atol=1e-5, err_msg=name
        )


def test_a_killed_run_goes_on_to_the_same_weights(
    config_file, command, tmp_path
):
    """With dropout, so that its masks have to be replayed too."""
    config = {**CONFIG, "hidden_dropout_prob": 0.1}
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings = {
        "albert_config_file": tmp_path / "config.json",
        "num_train_steps": 300,
        "save_checkpoints_steps": 10,
        "eval_input_file": None,
    }
    assert run(command(tmp_path / "whole", **settings)).returncode == 0
    process = subprocess.Popen(
        command(tmp_path / "killed", **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "killed/ckpt-20.index").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed/ckpt-300.index").exists()
    outcome = run(command(tmp_path / "killed", **settings))
    assert outcome.returncode == 0 and "Resuming from" in outcome.stderr
    expected = final_weights(tmp_path / "whole")
    for name, value in final_weights(tmp_path / "killed").items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    steps = [row["step"] for row in metrics(tmp_path / "killed", "train")]
    assert steps == sorted(set(steps)) and steps[-1] == 300


@pytest.mark.parametrize(
    "flags, rule, received",
    [
        ({"input_file": "nowhere/*"}, "Record files must exist", "nowhere/*"),
        ({"max_seq_length": 32}, "--max_seq_length must be", "32"),
        ({"train_batch_size": 0}, "split evenly", "0 over 1"),
        (
            {"strategy": "mirrored", "jit_compile": True},
            "--jit_compile takes one replica",
            "2 replicas",
        ),
        ({"albert_config_file": "no.json"}, "must be a JSON file", "no.json"),
        ({"model": "base"}, "one of the two", "'base'"),
        ({"albert_config_file": None, "model": "base"}, "number of pieces", ""),
        ({"num_warmup_steps": 12}, "Warm-up must end", "12"),
        ({"init_checkpoint": "nothing"}, "A checkpoint is named", "nothing"),
        ({"do_train": False}, "something to do", ""),
        ({"init_checkpoint": ""}, "--init_checkpoint names weights", "''"),
        ({"grow_from": "nothing"}, "A checkpoint is named", "nothing"),
        ({"grow_from": "a", "init_checkpoint": "b"}, "one of the two", "'a'"),
        ({"allow_partial_init": True}, "is about --init_checkpoint", "none"),
    ],
)
def test_wrong_flags(command, tmp_path, flags, rule, received):
    outcome = run(command(tmp_path / "run", **flags))
    assert outcome.returncode == 1
    assert f"Error: {rule}"[:7] in outcome.stderr
    assert rule in outcome.stderr and received in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not list((tmp_path / "run").glob("ckpt*"))


def test_a_batch_must_divide_over_the_replicas(command, tmp_path):
    outcome = run(
        command(tmp_path / "run", strategy="mirrored", train_batch_size=9)
    )
    assert outcome.returncode == 1 and "Next size up: 10" in outcome.stderr


def test_another_run_in_the_same_folder(finished, command):
    folder, _ = finished
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    outcome = run(command(folder, learning_rate=0.001))
    assert outcome.returncode == 1
    assert "learning_rate: 0.005 there, 0.001 now" in outcome.stderr
    outcome = run(command(folder.parent))
    assert outcome.returncode == 1 and "new or empty folder" in outcome.stderr
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_starting_from_the_weights_of_another_run(finished, command, tmp_path):
    folder, _ = finished
    outcome = run(
        command(tmp_path / "run", init_checkpoint=folder, learning_rate=1e-9)
    )
    assert outcome.returncode == 0, outcome.stderr
    expected = final_weights(folder)
    for name, value in final_weights(tmp_path / "run").items():
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
        segments.Example(ids, first)
        for ids, first in zip(
            token_ids.to_list(), first_length.numpy().tolist(), strict=True
        )
    ]
    path = tmp_path_factory.mktemp("google") / "masked.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in google_records.masked_records(
            examples,
            input_lib.mask_spec(tokenizer, max_predictions=6),
            randomness.fold(1, numbers),
            max_seq_length=64,
        ):
            writer.write(record)
    return path


def test_records_of_googles_format(
    google_records_file, vocabulary, command, tmp_path
):
    flags = {
        "input_file": google_records_file,
        "eval_input_file": google_records_file,
    }
    outcome = run(command(tmp_path / "run", do_eval=True, **flags))
    assert outcome.returncode == 0, outcome.stderr
    evaluations = metrics(tmp_path / "run", "eval")
    assert evaluations[-1]["mlm_loss"] < evaluations[0]["mlm_loss"]
    assert 0 < evaluations[0]["sentence_order_loss"] < 1
    assert not (tmp_path / "run/tokenizer.json").exists()
    # Only with a vocabulary named can the run be exported.
    outcome = run(
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


def test_records_of_googles_format_that_do_not_fit(
    google_records_file, command, config_file, tmp_path
):
    (tmp_path / "config.json").write_text(
        json.dumps({**CONFIG, "vocab_size": 60})
    )
    for flags, message in (
        ({"max_predictions_per_seq": 20}, "Pass --max_predictions_per_seq=6."),
        ({"max_seq_length": 32}, "Pass --max_seq_length=64."),
        (
            {"albert_config_file": tmp_path / "config.json"},
            "The config's vocab_size must",
        ),
    ):
        outcome = run(
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


def test_growing_starts_from_the_same_function(finished, command, tmp_path):
    folder, _ = finished
    config = {**CONFIG, "num_hidden_groups": 2, "inner_group_num": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = run(
        command(
            tmp_path / "run",
            albert_config_file=tmp_path / "config.json",
            grow_from=folder,
            num_train_steps=4,
            strategy="mirrored",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    before = metrics(folder, "eval")[-1]
    after = metrics(tmp_path / "run", "eval")[0]
    assert after["step"] == 0
    for name in ("mlm_loss", "sentence_order_loss"):
        assert after[name] == pytest.approx(before[name], rel=1e-5)


def test_a_part_of_the_weights(finished, command, tmp_path):
    folder, _ = finished
    (tmp_path / "config.json").write_text(
        json.dumps({**CONFIG, "intermediate_size": 20})
    )
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "init_checkpoint": folder,
        "num_train_steps": 4,
        "strategy": "mirrored",
    }
    outcome = run(command(tmp_path / "refused", **flags))
    assert outcome.returncode == 1
    assert "ffn/inner_kernel (16, 24), not (16, 20)" in outcome.stderr
    outcome = run(
        command(tmp_path / "allowed", allow_partial_init=True, **flags)
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "0 unexpected, 3 of another shape" in outcome.stderr


def test_a_loss_that_is_no_number_stops_the_run(command, tmp_path):
    outcome = run(
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


def test_a_damaged_record_is_named(command, record_folder, tmp_path):
    for path in record_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = tmp_path / "part-00001-of-00003.tfrecord"
    damaged = bytearray(shard.read_bytes())
    damaged[20] ^= 1
    shard.write_bytes(damaged)
    files = f"{tmp_path}/*.tfrecord"
    outcome = run(command(tmp_path / "run", input_file=files))
    assert outcome.returncode == 1
    assert f"record 0 of {shard}, at byte 0" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_help_needs_no_records():
    outcome = run([sys.executable, str(ROOT / "run_pretraining.py"), "--help"])
    for flag in ("--albert_config_file", "--learning_rate", "--strategy"):
        assert flag in outcome.stdout
