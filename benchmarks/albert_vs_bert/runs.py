"""Records, and real runs of run_pretraining.py on them."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from typing import IO

from albert_tf import config as config_lib

# The first step traces, and the first batch is waited for.
_STEPS_LEFT_OUT = 2


class RunError(ValueError):
    """A run failed; says what it wrote last."""


def build_records(
    text_file: str,
    vocabulary: str,
    sentence_task: str,
    length: int,
    folder: str,
) -> str:
    """Builds them, or goes on with a build; returns their pattern."""
    _wait(
        [
            _start(
                ["-m", "data_pipeline.pretraining.create_pretraining_data"],
                {
                    "input_file": text_file,
                    "spm_model_file": vocabulary,
                    "sentence_task": sentence_task,
                    "max_seq_length": length,
                    "output_dir": folder,
                },
            )
        ]
    )
    return os.path.join(folder, "*.tfrecord")


def pretrain(
    config: config_lib.AlbertConfig, folder: str, flags: dict
) -> dict[str, float]:
    """Trains and evaluates a model; goes on where an earlier call stopped.

    Args:
        config: of the model.
        folder: of the run.
        flags: of run_pretraining.py.
    Returns:
        The content of its eval_results.json.
    """
    # Of a finished run too: it checks that these are its settings.
    _wait([_start_run(config, folder, {**flags, "do_eval": "true"})])
    with open(os.path.join(folder, "eval_results.json")) as file:
        return json.load(file)


def scaling(
    config: config_lib.AlbertConfig, folder: str, rows: int, flags: dict
) -> dict[str, float]:
    """One worker, and two that reduce gradients over loopback.

    Each worker is a process on a core of its own, with `rows` rows of a step.

    Returns:
        one_worker and two_workers, in sequences a second, and efficiency, the
        second over twice the first.
    """
    flags = {
        "iterations_per_loop": 1,
        "keep_checkpoint_max": 1,
        "do_eval": "false",
        **flags,
    }
    speeds = []
    for workers in (1, 2):
        place = os.path.join(folder, str(workers))
        hosts = ",".join(f"127.0.0.1:{port}" for port in _free_ports(workers))
        together = {"train_batch_size": workers * rows}
        if workers > 1:
            together["worker_hosts"] = hosts
        _wait(
            [
                _start_run(
                    config,
                    place,
                    {
                        **flags,
                        **together,
                        **({"task_index": task} if workers > 1 else {}),
                    },
                    core=task,
                )
                for task in range(workers)
            ]
        )
        with open(os.path.join(place, "metrics.jsonl")) as file:
            found = [json.loads(line) for line in file]
        speeds.append(
            statistics.median(
                row["sequences_per_second"]
                for row in found[_STEPS_LEFT_OUT:]
                if row["kind"] == "train"
            )
        )
    one, two = speeds
    return {
        "one_worker": one,
        "two_workers": two,
        "efficiency": two / (2 * one),
    }


def _start_run(config, folder, flags, core=None):
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}_config.json"
    config.to_json(path)
    flags = {"albert_config_file": path, "output_dir": folder, **flags}
    return _start(["run_pretraining.py"], flags, core)


def _start(command, flags, core=None) -> tuple[subprocess.Popen, IO]:
    """Starts a command; returns it and what it writes.

    Args:
        core: the number of the one that it has to itself; None: all.
    """
    cores = sorted(os.sched_getaffinity(0))
    own = cores if core is None else {cores[core % len(cores)]}
    # A file: a pipe that nobody reads yet would stop one of two workers.
    log = tempfile.TemporaryFile("w+")
    process = subprocess.Popen(
        [
            sys.executable,
            *command,
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=log,
        preexec_fn=lambda: os.sched_setaffinity(0, own),
    )
    return process, log


def _wait(started: list[tuple[subprocess.Popen, IO]]) -> None:
    for process, _ in started:
        process.wait()
    for process, log in started:
        with log:
            log.seek(0)
            text = log.read()
        if process.returncode:
            raise RunError(
                f"All runs must finish. Received: code {process.returncode} of "
                f"{process.args}: ...{text[-600:]}"
            )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
