"""Several machines begin alike, or all of them say why they do not."""

import json
import subprocess
import time

import pytest
import several_machines as several
import tensorflow as tf

from albert_tf.training import machines


@pytest.fixture
def check(monkeypatch):
    """What machine 0 says when each of two has entries and an error."""
    monkeypatch.setattr(
        machines.distribution, "has_several_machines", lambda strategy: True
    )
    monkeypatch.setattr(machines, "_name", lambda strategy: "worker 0")

    def run(mine, theirs, my_error=None, their_error=None):
        def gather(strategy, value):
            other = {
                "machine": "worker 1",
                "error": their_error,
                "values": {n: machines._short(v) for n, v in theirs.items()},
            }
            return json.loads(json.dumps([value, other]))

        monkeypatch.setattr(machines, "_gather", gather)
        with machines.together(tf.distribute.get_strategy()) as same:
            same |= mine
            if my_error:
                raise my_error

    return run


def test_the_same_values(check):
    check({"--a": 1, "b": ["x"] * 500}, {"b": ["x"] * 500, "--a": 1})
    check({}, {})


@pytest.mark.parametrize(
    "theirs, said",
    [
        ({"--a": 0.5, "b": "x"}, "--a: 1 on worker 0; 0.5 on worker 1"),
        ({"--a": 1}, 'b: "x" on worker 0; nothing on worker 1'),
        ({"--a": 1, "b": "x", "c": None}, "c: nothing on worker 0; null on"),
        ({"--a": True, "b": "x"}, "--a: 1 on worker 0; true on worker 1"),
        ({"--a": 1, "b": "x" * 900}, "... (SHA-256 "),
    ],
)
def test_what_differs_is_named(check, theirs, said):
    with pytest.raises(ValueError, match="must run the same command") as error:
        check({"--a": 1, "b": "x"}, theirs)
    assert said in str(error.value)


def test_long_values_differ_at_their_end(check):
    with pytest.raises(ValueError, match="SHA-256"):
        check({"data": ["x"] * 500}, {"data": ["x"] * 499 + ["y"]})


def test_an_error_of_one_is_told_by_all(check):
    with pytest.raises(ValueError, match="worker 1: no such file"):
        check({"--a": 1}, {}, their_error="no such file")
    with pytest.raises(OSError, match="mine"):
        check({"--a": 1}, {}, my_error=OSError("mine"))
    with pytest.raises(OSError, match="mine"):
        check({"--a": 1}, {}, OSError("mine"), their_error="theirs")


def test_one_machine_compares_with_nobody(monkeypatch):
    monkeypatch.delattr(machines, "_gather")
    with machines.together(tf.distribute.get_strategy()) as same:
        same["a"] = 1
    with pytest.raises(OSError, match="mine"):
        with machines.together(tf.distribute.get_strategy()):
            raise OSError("mine")


def ends(workers):
    """Exit codes and what was said; all of them within a minute."""
    before = time.monotonic()
    errors = [worker.communicate(timeout=300)[1] for worker in workers]
    assert time.monotonic() - before < 240
    assert not any("Traceback" in each for each in errors), errors
    return [worker.returncode for worker in workers], errors


@pytest.mark.slow
@pytest.mark.parametrize(
    "of_one, said",
    [
        ({"learning_rate": 0.5}, "--learning_rate: 0.005 on worker 0; 0.5 on"),
        ({"random_seed": 2}, "--random_seed: 12345 on worker 0; 2 on"),
        ({"iterations_per_loop": 3}, "--iterations_per_loop: 2 on"),
        ({"input_file": "/gone/*"}, "/gone/*"),
    ],
)
def test_a_flag_of_one_machine_ends_all(command, tmp_path, of_one, said):
    workers = several.start_each(command, tmp_path / "run", [{}, of_one])
    codes, errors = ends(workers)
    assert codes == [1, 1], errors
    assert all(said in each for each in errors), errors
    assert not list(tmp_path.glob("run/ckpt-*"))


@pytest.mark.slow
def test_initial_weights_and_a_held_folder(command, runs, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        flags = {"num_train_steps": 3, "eval_input_file": None}
        outcome = runs.run(command(tmp_path / name, random_seed=seed, **flags))
        assert outcome.returncode == 0, outcome.stderr
    each = [{"init_checkpoint": tmp_path / name} for name in "ab"]
    codes, errors = ends(several.start_each(command, tmp_path / "run", each))
    assert codes == [1, 1], errors
    assert all('weights: "' in each for each in errors), errors

    holder = subprocess.Popen(
        command(tmp_path / "held", num_train_steps=100_000),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (tmp_path / "held/metrics.jsonl").exists():
            assert holder.poll() is None
            time.sleep(0.1)
        codes, errors = ends(
            several.start_each(command, tmp_path / "held", [{}, {}])
        )
        assert codes == [1, 1], errors
        said = f"held by process {holder.pid}"
        assert all(said in each for each in errors), errors
    finally:
        holder.kill()
        holder.wait()
