"""run_classifier.py as a process, on data of one's own."""

import json
import pathlib
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import slowly
from sentence_rows import KINDS
from sentence_rows import sentences
from sentence_rows import write

import albert_tf
from albert_tf.runs import run_folder

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory, sizes):
    """train.tsv, dev.tsv, a test.tsv with a bad row, and a config."""
    folder = tmp_path_factory.mktemp("data")
    write(folder / "train.tsv", sentences(0, 300))
    write(folder / "dev.tsv", sentences(1, 80))
    rows = [text for text, _ in sentences(2, 20)]
    rows[7] = " "
    (folder / "test.tsv").write_text("text\n" + "\n".join(rows) + "\n")
    config = {**sizes, "initializer_range": 0.1}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def command(data, vocabulary):
    def make(output_dir, *switches, **flags):
        flags = {
            "task_name": "custom",
            "task_type": "classification",
            "train_file": data / "train.tsv",
            "eval_file": data / "dev.tsv",
            "albert_config_file": data / "config.json",
            "spm_model_file": vocabulary,
            "output_dir": output_dir,
            "max_seq_length": 32,
            "train_batch_size": 16,
            "learning_rate": 0.003,
            "dropout_prob": 0.1,
            "train_step": 80,
            "eval_steps": 20,
            "iterations_per_loop": 5,
            "strategy": "one_device",
            **flags,
        }
        return [
            sys.executable,
            str(ROOT / "run_classifier.py"),
            *(f"--{name}={value}" for name, value in flags.items() if value),
            *(f"--{switch}" for switch in switches),
        ]

    return make


@pytest.fixture(scope="module")
def trained(command, runs, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "run"
    outcome = runs.run(
        command(
            folder,
            "do_train",
            "do_eval",
            "do_predict",
            predict_file=data / "test.tsv",
            on_bad_row="skip",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "no published recipe" in outcome.stderr
    return folder


def test_it_learns(trained):
    results = json.loads((trained / "eval_results.json").read_text())
    assert results["accuracy"] > 0.9  # the majority has about 0.6
    best = max(
        row["score"]
        for row in run_folder.read_metrics(str(trained))
        if row["kind"] == "eval"
    )
    assert results["accuracy"] == best


def test_one_prediction_for_each_line(trained, data):
    lines = (trained / "test_predictions.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["index", "prediction", "animal", "person"]
    rows = [line.split("\t") for line in lines[1:]]
    assert [row[0] for row in rows] == [str(number) for number in range(20)]
    assert rows[7][2:] == ["nan", "nan"]  # the empty text
    texts = (data / "test.tsv").read_text().splitlines()[1:]
    right = [
        row[1]
        == next(k for k, words in KINDS.items() if text.split()[1] in words)
        for number, (row, text) in enumerate(zip(rows, texts, strict=True))
        if number != 7
    ]
    assert sum(right) >= 17


def test_evaluation_needs_no_training_file_and_changes_nothing(
    trained, command, runs, data
):
    def state():
        return {
            path: path.read_bytes()
            for path in trained.rglob("*")
            if path.is_file() and "tensorboard" not in path.parts
        }

    before = state()
    outcome = runs.run(
        command(
            trained,
            "do_eval",
            train_file=None,
            albert_config_file=None,
            spm_model_file=None,
            max_seq_length=None,
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "dev.tsv, " in outcome.stdout and "precision" in outcome.stdout
    after = state()
    (folder,) = (trained / "evaluations").iterdir()
    results = json.loads((folder / "eval_results.json").read_text())
    assert results["accuracy"] > 0.9
    assert f"Results: {folder}" in outcome.stdout
    new = {path for path in after if folder not in path.parents}
    assert {path: after[path] for path in new} == before


def test_the_model_can_be_loaded(trained):
    model = albert_tf.load(trained / "best")
    assert type(model) is albert_tf.AlbertClassifier
    assert model.head.num_classes == 2


def test_the_same_line_again_goes_on_and_another_is_refused(
    trained, command, runs, data
):
    outcome = runs.run(command(trained, "do_train", on_bad_row="skip"))
    assert outcome.returncode == 0, outcome.stderr
    assert "Resuming from" in outcome.stderr
    outcome = runs.run(command(trained, "do_train", learning_rate=0.001))
    assert outcome.returncode == 1
    assert "learning_rate: 0.003 there, 0.001 now" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.slow
def test_killed_and_resumed_is_the_same_run(trained, command, runs, tmp_path):
    folder = tmp_path / "run"
    for kill in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(
            command(folder, "do_train"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        metrics = folder / "metrics.jsonl"
        size = metrics.stat().st_size if metrics.exists() else 0
        while not metrics.exists() or metrics.stat().st_size < size + 400:
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(kill)
        process.wait()
        assert process.returncode == {9: -9, 15: 75}[kill]
    assert runs.run(command(folder, "do_train")).returncode == 0
    expected, found = runs.checkpoint(trained), runs.checkpoint(folder)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    # SIGTERM ends a row of the training numbers early.
    assert runs.rows(folder, "eval") == runs.rows(trained, "eval")


@pytest.mark.slow
def test_two_replicas_train_as_one(trained, command, runs, tmp_path):
    outcome = runs.run(
        command(
            tmp_path / "run",
            "do_train",
            strategy="mirrored",
            train_step=80,
            dropout_prob="0",
            classifier_dropout_prob="0",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    outcome = runs.run(
        command(
            tmp_path / "one",
            "do_train",
            dropout_prob="0",
            classifier_dropout_prob="0",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    two, one = (runs.rows(tmp_path / name, "train") for name in ("run", "one"))
    for a, b in zip(two[:8], one[:8], strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-4)
    last = [
        [r for r in runs.rows(tmp_path / name, "eval")][-1]["accuracy"]
        for name in ("run", "one")
    ]
    assert last[0] == pytest.approx(last[1], abs=0.05)


@pytest.mark.slow
def test_seeds_and_restarts(command, runs, data, tmp_path):
    """Labels that nothing tells: every run fails, and says so."""
    rng = random.Random(9)
    rows = [(text, rng.choice("ab")) for text, _ in sentences(0, 200)]
    write(tmp_path / "noise.tsv", rows)
    flags = {
        "train_file": tmp_path / "noise.tsv",
        "eval_file": tmp_path / "noise.tsv",
        "learning_rate": 1e-7,
        "train_step": 60,
    }
    outcome = runs.run(
        command(
            tmp_path / "seeds", "do_train", num_seeds=2, random_seed=1, **flags
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr.count("The run did not learn anything") == 2
    report = json.loads((tmp_path / "seeds/seeds.json").read_text())
    assert set(report["seeds"]) == {"1", "2"}
    scores = [seed["score"] for seed in report["seeds"].values()]
    assert report["mean"] == pytest.approx(sum(scores) / 2)
    assert report["best"]["score"] == max(scores)
    assert (tmp_path / "seeds" / report["best"]["folder"]).is_dir()

    outcome = runs.run(
        command(tmp_path / "again", "do_train", on_failed_run="seed", **flags)
    )
    assert outcome.returncode == 1
    assert "Error: A run must do better than guessing" in outcome.stderr
    assert "after 3 restarts" in outcome.stderr
    events = run_folder.read_events(str(tmp_path / "again"))
    assert [event["action"] for event in events] == ["restart"] * 3

    outcome = runs.run(
        command(
            tmp_path / "stop",
            "do_train",
            num_seeds=2,
            random_seed=1,
            on_failed_run="stop",
            **flags,
        )
    )
    assert outcome.returncode == 1
    assert "Seed 1 failed. A run must do better" in outcome.stderr
    assert (tmp_path / "stop/seed_2").is_dir()  # it had its chance


@pytest.mark.parametrize(
    "flags, words",
    slowly.after(
        1,
        [
            ({"task_name": "imdb"}, "--task_name must be one of"),
            ({"task_type": None}, "--task_type"),
            ({"max_seq_length": 65}, "positions"),
            ({"text_column": "review"}, "review"),
            ({"eval_file": "nowhere.tsv"}, "nowhere.tsv"),
            ({"init_checkpoint": "nowhere"}, "nowhere"),
            ({"length_buckets": "32,16"}, "increasing"),
            ({"freeze": "everything"}, "--freeze must list"),
            ({"recipe": "imdb"}, "--recipe must be auto"),
        ],
    ),
)
def test_mistakes_are_told_in_one_message(
    command, runs, tmp_path, flags, words
):
    outcome = runs.run(command(tmp_path / "run", "do_train", **flags))
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    (message,) = [
        line for line in outcome.stderr.splitlines() if "Error: " in line
    ]
    assert words in message and "Received" in message
