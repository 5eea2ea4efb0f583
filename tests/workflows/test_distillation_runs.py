"""Both scripts with a teacher, and run_classifier.py with early exits."""

import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import slowly

import albert_tf

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def make_teacher(sizes, vocabulary, tmp_path_factory):
    """Saves a wider and deeper model as .keras, its tokenizer beside it."""

    def make(model_class, **arguments):
        config = albert_tf.AlbertConfig(
            **{**sizes, "hidden_size": 32, "num_hidden_layers": 3}
        )
        folder = tmp_path_factory.mktemp("teacher")
        for path in vocabulary.glob("tokenizer.*"):
            shutil.copy(path, folder)
        model = model_class(config, **arguments)
        model.save(folder / "teacher.keras")
        return folder / "teacher.keras"

    return make


@pytest.mark.slow
def test_killed_and_resumed_with_a_teacher(
    command, runs, sizes, make_teacher, tmp_path
):
    """The width map and its moments too; no model has it."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**sizes, "hidden_dropout_prob": 0.1}))
    flags = {
        "albert_config_file": config,
        "teacher": make_teacher(albert_tf.AlbertPretrainer),
        "distill_hidden_weight": 1,
        "distill_attention_weight": 1,
        "num_train_steps": 20,
        "iterations_per_loop": 2,
        "save_checkpoints_steps": 4,
        "eval_steps": 10,
        "max_eval_steps": 2,
    }
    whole, folder = tmp_path / "whole", tmp_path / "run"
    outcome = runs.run(command(whole, **flags))
    assert outcome.returncode == 0, outcome.stderr
    process = subprocess.Popen(
        command(folder, **flags),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(folder.glob("ckpt-8.index")):
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert runs.rows(folder)[-1]["step"] < 20
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0 and "Resuming from" in outcome.stderr
    expected, found = runs.checkpoint(whole), runs.checkpoint(folder)
    assert found.keys() == expected.keys()
    assert sum("width_map" in name for name in found) == 3  # with its moments
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    assert runs.rows(folder) == runs.rows(whole)
    row = runs.rows(folder, "train")[-1]
    for part in ("mlm", "sentence_order", "hidden", "attention"):
        assert row[f"distill_{part}_loss"] > 0
    assert "distill_mlm_loss" not in runs.rows(folder, "eval")[-1]
    names = runs.final_weights(folder)
    assert names.keys() == runs.final_weights(whole).keys()
    assert not any("width_map" in name for name in names)


@pytest.fixture(scope="module")
def classify(sizes, vocabulary, tmp_path_factory):
    """Makes a command of run_classifier.py, on texts about two kinds."""
    folder = tmp_path_factory.mktemp("data")
    words = {"animal": "cat dog horse", "person": "teacher king farmer"}
    for name, count, seed in (("train", 200, 0), ("dev", 60, 1)):
        rng = random.Random(seed)
        rows = ["text\tlabel"]
        for _ in range(count):
            kind = rng.choice(list(words))
            subject = rng.choice(words[kind].split())
            rows.append(f"The {subject} {'sees ' * rng.randint(1, 9)}\t{kind}")
        (folder / f"{name}.tsv").write_text("\n".join(rows) + "\n")
    config = {**sizes, "initializer_range": 0.1, "num_hidden_layers": 3}
    (folder / "config.json").write_text(json.dumps(config))

    def make(output_dir, *switches, **flags):
        flags = {
            "task_name": "custom",
            "task_type": "classification",
            "train_file": folder / "train.tsv",
            "eval_file": folder / "dev.tsv",
            "output_dir": output_dir,
            "max_seq_length": 32,
            "train_batch_size": 16,
            "learning_rate": 0.003,
            "train_step": 60,
            "eval_steps": 30,
            "iterations_per_loop": 10,
            "strategy": "one_device",
            **flags,
        }
        if "init_checkpoint" not in flags and "do_train" in switches:
            flags["albert_config_file"] = folder / "config.json"
            flags["spm_model_file"] = vocabulary
        return [
            sys.executable,
            str(ROOT / "run_classifier.py"),
            *(f"--{name}={value}" for name, value in flags.items() if value),
            *(f"--{switch}" for switch in switches),
        ]

    return make


@pytest.mark.slow
def test_early_exits_from_training_to_evaluation(classify, runs, tmp_path):
    folder = tmp_path / "run"
    outcome = runs.run(classify(folder, "do_train", "do_eval", "early_exit"))
    assert outcome.returncode == 0, outcome.stderr
    results = folder / "eval_results.json"
    whole = json.loads(results.read_text())
    assert whole["accuracy"] > 0.9
    model = albert_tf.load(folder / "best")
    assert type(model) is albert_tf.AlbertEarlyExitClassifier
    # The checkpoint says what it is.
    for patience, layers in ((1, "1.00"), (3, "3.00")):
        outcome = runs.run(classify(folder, "do_eval", exit_patience=patience))
        assert outcome.returncode == 0, outcome.stderr
        assert f"exited after {layers} of 3 layers" in outcome.stderr
    again = json.loads(results.read_text())
    assert again == pytest.approx(whole)  # patience = depth


@pytest.mark.slow
def test_a_shallower_student_in_packed_rows(
    classify, runs, make_teacher, tmp_path
):
    """Which starts from the teacher's own block."""
    path = make_teacher(albert_tf.AlbertClassifier, num_classes=2)
    outcome = runs.run(
        classify(
            tmp_path / "run",
            "do_train",
            "pack",
            init_checkpoint=path,
            teacher=path,
            num_hidden_layers=1,
            train_step=4,
            iterations_per_loop=1,
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "They are assumed to be" in outcome.stderr  # no task.json there
    row = runs.rows(tmp_path / "run", "train")[0]
    assert row["distill_label_loss"] > 0
    assert albert_tf.load(tmp_path / "run").config.num_hidden_layers == 1


@pytest.mark.parametrize(
    "switch, flags, words",
    slowly.after(
        1,
        [
            ("pack", {"teacher": "of another vocabulary"}, "same vocabulary"),
            ("pack", {"distill_weight": 0.3}, "must be used with --teacher"),
            ("early_exit", {"task_type": "multilabel"}, "one class or number"),
        ],
    ),
)
def test_refused(classify, runs, make_teacher, tmp_path, switch, flags, words):
    if "teacher" in flags:
        path = make_teacher(albert_tf.AlbertClassifier, num_classes=2)
        for file in path.parent.glob("tokenizer.*"):
            file.unlink()
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"]
        (path.parent / "vocab.txt").write_text("\n".join(pieces) + "\n")
        flags = {"teacher": path}
    outcome = runs.run(classify(tmp_path / "run", "do_train", switch, **flags))
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    (message,) = [
        line for line in outcome.stderr.splitlines() if "Error: " in line
    ]
    assert words in message and "Received" in message
