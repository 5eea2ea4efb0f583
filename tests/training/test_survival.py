"""Runs that are killed, stopped, damaged, out of disk, or collapse."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from albert_tf.training import stopping

# Whole runs, each some seconds long.
pytestmark = pytest.mark.slow

FLAGS = {
    "num_train_steps": 400,
    "iterations_per_loop": 5,
    "save_checkpoints_steps": 25,
    "eval_steps": 50,
    "max_eval_steps": 2,
}


@pytest.fixture(scope="module")
def flags(runs, tmp_path_factory, sizes):
    """With dropout, so that its masks have to be replayed too."""
    path = tmp_path_factory.mktemp("dropout") / "config.json"
    path.write_text(json.dumps({**sizes, "hidden_dropout_prob": 0.1}))
    return {"albert_config_file": path, **FLAGS}


@pytest.fixture(scope="module")
def whole(command, runs, flags, tmp_path_factory):
    """A run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    return folder


def check_same(runs, folder, whole):
    """Bit for bit: weights, moments, every row of the metrics."""
    expected = runs.checkpoint(whole)
    found = runs.checkpoint(folder)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    assert runs.rows(folder) == runs.rows(whole)
    best = runs.checkpoint(folder / "best")
    for name, value in runs.checkpoint(whole / "best").items():
        np.testing.assert_array_equal(value, best[name], err_msg=name)


def start(command):
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def wait_until(process, condition):
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.001)


@pytest.mark.parametrize(
    "kills",
    [
        ["saving"],
        ["any time", "saving"] * 2,
    ],
)
def test_killed_again_and_again(command, runs, flags, whole, tmp_path, kills):
    """At any time after the start, and while it saves."""
    folder = tmp_path / "run"
    rng = random.Random(5)
    metrics = folder / "metrics.jsonl"
    for kill in kills:
        before = metrics.stat().st_size if metrics.exists() else 0
        process = start(command(folder, **flags))
        wait_until(
            process,
            lambda before=before: (
                metrics.exists() and metrics.stat().st_size > before + 1000
            ),
        )
        if kill == "saving":
            wait_until(process, lambda: list(folder.glob("ckpt-*_temp")))
        else:
            time.sleep(rng.uniform(0, 0.5))
        process.kill()
        process.communicate()
    assert runs.rows(folder)[-1]["step"] < 400
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0 and "Resuming from" in outcome.stderr
    check_same(runs, folder, whole)
    assert not list(folder.glob("*_temp*"))


def test_sigterm_saves_between_two_steps(command, runs, flags, whole, tmp_path):
    """Within one long call to the device."""
    folder = tmp_path / "run"
    flags = {**flags, "iterations_per_loop": 400, "save_checkpoints_steps": 400}
    flags["eval_steps"] = 400
    process = start(command(folder, **flags))
    wait_until(process, lambda: list(folder.glob("best/ckpt-0.index")))
    time.sleep(3)  # for the first step to be compiled
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == stopping.RESUME_EXIT_CODE == 75, errors
    assert "Rerun the same command to resume." in errors
    (saved,) = {path.stem for path in folder.glob("ckpt-*.index")} - {"ckpt-0"}
    assert 0 < int(saved[len("ckpt-") :]) < 400
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    expected = runs.checkpoint(whole)
    for name, value in runs.checkpoint(folder).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_taken(
    command, runs, flags, whole, tmp_path
):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    (data,) = folder.glob("ckpt-400.data*")
    damaged = bytearray(data.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    data.write_bytes(damaged)
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    assert f"{folder}/ckpt-400" in outcome.stderr
    assert f"Resuming from {folder}/ckpt-375" in outcome.stderr
    check_same(runs, folder, whole)


def test_all_checkpoints_damaged(command, runs, flags, whole, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    for path in folder.glob("ckpt-*.data*"):
        path.write_bytes(path.read_bytes()[:-100])
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
    assert "must be intact" in outcome.stderr and "ckpt-400" in outcome.stderr


def test_a_full_disk(command, runs, flags, whole, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "none", disk]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk takes the right to mount one")
    try:
        folder = disk / "run"
        outcome = runs.run(command(folder, **flags))
        assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
        assert "No space left" in outcome.stderr
        assert str(folder) in outcome.stderr.splitlines()[-1]
        remount = ["mount", "-o", "remount,size=50m", disk]
        subprocess.run(remount, check=True)
        outcome = runs.run(command(folder, **flags))
        assert outcome.returncode == 0, outcome.stderr
        assert "Resuming from" in outcome.stderr
        check_same(runs, folder, whole)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_may_not_grow(command, runs, flags, whole, tmp_path):
    """The first that finds no room is TensorBoard's."""
    folder = tmp_path / "run"
    flags = {**flags, "iterations_per_loop": 1}

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    outcome = subprocess.run(
        command(folder, **flags),
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
    last = outcome.stderr.splitlines()[-1]
    assert str(folder) in last and "File too large" in last
    assert "rerun the same command" in last
    flags["iterations_per_loop"] = 5
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    assert "Resuming from" in outcome.stderr
    expected = runs.checkpoint(whole)
    for name, value in runs.checkpoint(folder).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_a_record_file_cut_while_it_is_read(
    command, runs, flags, whole, record_folder, tmp_path
):
    shutil.copytree(record_folder, tmp_path / "records")
    folder = tmp_path / "run"
    shard = tmp_path / "records/part-00001-of-00003.tfrecord"
    content = shard.read_bytes()
    flags = {**flags, "input_file": f"{tmp_path}/records/*.tfrecord"}
    process = start(command(folder, **flags))
    wait_until(process, lambda: (folder / "ckpt-50.index").exists())
    os.truncate(shard, 30)
    _, errors = process.communicate()
    assert process.returncode == 1 and "Traceback" not in errors
    assert str(shard) in errors and "to resume" in errors
    shard.write_bytes(content)
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    check_same(runs, folder, whole)


def events(folder):
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_rate_a_hundred_times_too_high_is_cut(
    command, runs, flags, whole, tmp_path
):
    """0.005 is the rate of the run to which nothing happened."""
    folder = tmp_path / "run"
    flags = {**flags, "learning_rate": 0.5, "num_warmup_steps": 40}
    outcome = runs.run(command(folder, **flags))
    assert outcome.returncode == 0, outcome.stderr
    assert "Collapse at step" in outcome.stderr
    found = events(folder)
    assert {event["action"] for event in found} == {"rollback"}
    last = found[-1]
    assert last["to_step"] <= last["step"]
    assert last["learning_rate_scale"] == 0.25 ** len(found)
    losses = [row["mlm_loss"] for row in runs.rows(folder, "eval")]
    assert losses[-1] < losses[0] - 0.3
    # And what was cut stays cut when a run goes on.
    rates = [row["learning_rate"] for row in runs.rows(folder, "train")]
    assert max(rates[-20:]) < 0.5 * last["learning_rate_scale"]


def test_a_collapse_that_stops(command, runs, flags, tmp_path):
    folder = tmp_path / "run"
    flags = {**flags, "learning_rate": 5, "num_warmup_steps": 40}
    outcome = runs.run(command(folder, on_collapse="stop", **flags))
    assert outcome.returncode == 1 and "Traceback" not in outcome.stderr
    assert "Error: Collapse at step" in outcome.stderr
    assert events(folder)[-1]["action"] == "stop"
    assert all(
        np.isfinite(value).all() for value in runs.checkpoint(folder).values()
    )
