"""The same losses on one device, two replicas, two machines, and in parts."""

import json
import time

import numpy as np
import pytest
import several_machines as several
import slowly

STEPS = {
    "num_train_steps": 20,
    "iterations_per_loop": 1,
    "eval_steps": 10,
    "save_checkpoints_steps": 20,
}


@pytest.fixture(scope="module")
def one_device(command, runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one") / "run"
    outcome = runs.run(command(folder, **STEPS))
    assert outcome.returncode == 0, outcome.stderr
    return folder


def check_equal(runs, folder, expected):
    found, wanted = runs.rows(folder), runs.rows(expected)
    assert len(found) == len(wanted) == 23
    for row, other in zip(found, wanted, strict=True):
        assert row["step"] == other["step"] and row["kind"] == other["kind"]
        for name in ("mlm_loss", "sentence_order_loss"):
            assert row[name] == pytest.approx(other[name], rel=1e-5)
        for name in row:
            if name == "gradient_norm" or name.startswith("trust_ratio/"):
                assert row[name] == pytest.approx(other[name], rel=1e-4)
    wanted = runs.checkpoint(expected)
    for name, value in runs.checkpoint(folder).items():
        np.testing.assert_allclose(value, wanted[name], atol=1e-5, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags",
    [
        {"strategy": "mirrored"},
        {"depth": "loop", "recompute": True},
        {"accumulate_steps": 4},
        {"strategy": "mirrored", "accumulate_steps": 2},
    ],
)
def test_ways_to_run_a_step(one_device, command, runs, tmp_path, flags):
    outcome = runs.run(command(tmp_path / "run", **STEPS, **flags))
    assert outcome.returncode == 0, outcome.stderr
    check_equal(runs, tmp_path / "run", one_device)


@pytest.mark.slow
def test_two_machines(one_device, command, runs, tmp_path):
    workers = several.start_workers(command, tmp_path / "run", **STEPS)
    for worker in workers:
        _, errors = worker.communicate(timeout=200)
        assert worker.returncode == 0, errors
    check_equal(runs, tmp_path / "run", one_device)


@pytest.mark.slow
def test_a_machine_that_is_lost_and_comes_back(command, runs, tmp_path, sizes):
    """The other one starts again by itself; with dropout."""
    (tmp_path / "config.json").write_text(
        json.dumps({**sizes, "hidden_dropout_prob": 0.1})
    )
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "num_train_steps": 300,
        "iterations_per_loop": 5,
        "save_checkpoints_steps": 50,
        "eval_input_file": None,
    }
    for worker in several.start_workers(command, tmp_path / "whole", **flags):
        _, errors = worker.communicate(timeout=200)
        assert worker.returncode == 0, errors
    folder = tmp_path / "killed"
    hosts = ",".join(f"127.0.0.1:{port}" for port in several.free_ports(2))
    workers = [
        several.start(
            command, folder, worker_hosts=hosts, task_index=task, **flags
        )
        for task in (0, 1)
    ]
    while not (folder / "ckpt-100.index").exists():
        assert all(worker.poll() is None for worker in workers)
        time.sleep(0.01)
    workers[1].kill()
    workers[1].communicate()
    again = several.start(
        command, folder, worker_hosts=hosts, task_index=1, **flags
    )
    for worker in (workers[0], again):
        _, errors = worker.communicate(timeout=200)
        assert worker.returncode == 0, errors
        assert "Resuming from" in errors
    expected = runs.checkpoint(tmp_path / "whole")
    for name, value in runs.checkpoint(folder).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    assert runs.rows(folder) == runs.rows(tmp_path / "whole")


@pytest.mark.parametrize(
    "flags, message",
    slowly.after(
        1,
        [
            (
                {"accumulate_steps": 3},
                "Received: 8 over 1 x 3. The next size that fits is 9",
            ),
            ({"worker_hosts": "a:1,b:2"}, "--task_index must be the position"),
            ({"worker_hosts": "a:1", "task_index": 1}, "Received: 1."),
            ({"strategy": "multi_worker"}, "Received: neither."),
            (
                {
                    "strategy": "mirrored",
                    "worker_hosts": "a:1",
                    "task_index": 0,
                },
                "must be used with --strategy=multi_worker",
            ),
            ({"strategy": "tpu"}, "--strategy=tpu must find a TPU"),
        ],
    ),
)
def test_what_does_not_go_together(command, runs, tmp_path, flags, message):
    outcome = runs.run(command(tmp_path / "run", **{"strategy": None, **flags}))
    assert outcome.returncode == 1
    assert message in outcome.stderr and "Traceback" not in outcome.stderr
