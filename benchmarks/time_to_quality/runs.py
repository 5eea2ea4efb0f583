"""Runs of albert-tf pretrain for a time, and the losses of their checkpoints.

A run takes a given time by the clock on the wall: a short run of the same
schedules says how many steps that is. Its checkpoints are scored afterwards.
On one core, seconds are processor time instead, so that other work beside a run
does not count.
"""

import albert_tf  # before tensorflow

# isort: split
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from albert_tf import objectives
from albert_tf.planning import depth_schedule
from albert_tf.planning import length_schedule
from albert_tf.runs import checkpoints

# Steps of the short run, and reports in it.
_PROBE_STEPS, _PROBE_REPORTS = 48, 24
# Scored checkpoints of a run.
POINTS = 8


def train(
    folder: str,
    config: albert_tf.AlbertConfig,
    flags: dict[str, str],
    seconds: float,
    held_out: str,
    one_core: bool = False,
) -> dict:
    """Trains for some seconds, from nothing, and scores the checkpoints.

    Args:
        folder: of the run; what an interrupted one left in it is removed.
        config: of the model.
        flags: of albert-tf pretrain, without those of the steps.
        seconds: how long, start of the process included.
        held_out: from `corpus.write_held_out`.
        one_core: whether this process is bound to one core, and seconds are
            processor time.
    Returns:
        points: for each checkpoint step, seconds since the start, num_layers
            of the steps before it, and loss in nats; rows_per_second, between
            the first checkpoint and the last.
    """
    shutil.rmtree(folder, ignore_errors=True)
    probe = os.path.join(folder, "probe")
    began = time.time()
    clock = _run(
        probe,
        config,
        {
            **flags,
            "num_train_steps": _PROBE_STEPS,
            "iterations_per_loop": _PROBE_STEPS // _PROBE_REPORTS,
        },
        one_core,
    )
    # What share of the time the run had the processor: 1 by the wall's clock.
    ended = time.time()
    share = clock(ended) / (ended - began)
    batch = int(flags["train_batch_size"])
    each, start = (
        share * value
        for value in step_seconds(
            _rows(probe), ended - began, config, flags, batch
        )
    )
    steps = max(2 * POINTS, int((seconds - start) / each))
    place = os.path.join(folder, "run")
    every = -(-steps // POINTS)
    began = time.time()
    clock = _run(
        place,
        config,
        {
            **flags,
            "num_train_steps": steps,
            "iterations_per_loop": min(50, every),
            "save_checkpoints_steps": every,
            "keep_checkpoint_max": 2 * POINTS,
        },
        one_core,
    )
    points = _points(place, clock, _rows(place), config, held_out)
    shutil.rmtree(probe)
    first, last = points[0], points[-1]
    rows = batch * (last["step"] - first["step"])
    return {
        "steps": steps,
        "rows_per_second": rows / (last["seconds"] - first["seconds"]),
        "points": points,
    }


def step_seconds(
    rows: list[dict],
    whole: float,
    config: albert_tf.AlbertConfig,
    flags: dict[str, str],
    batch: int,
) -> tuple[float, float]:
    """Seconds of a step, and those that a process needs besides its steps.

    Args:
        rows: the reports of the short run.
        whole: seconds that its process took.
        config, flags: as in `train`.
        batch: rows of a step.
    """
    steps = rows[-1]["step"]
    phases = (length_schedule.Phase(1, 0, steps),)
    parts = depth_schedule.whole(config, steps)
    if "sequence_schedule" in flags:
        phases = length_schedule.parse(flags["sequence_schedule"], steps)
    if "depth_schedule" in flags:
        parts = depth_schedule.parse(flags["depth_schedule"], steps, config)
    each = 0.0
    for stretch in depth_schedule.stretches(phases, parts):
        # The first report of a stretch is slower: it is the program's first.
        found = [
            batch / row["sequences_per_second"]
            for row in rows
            if stretch.first_step < row["step"] <= stretch.stop_step
        ]
        share = (stretch.stop_step - stretch.first_step) / steps
        each += share * statistics.median(found[1:] or found)
    return each, whole - steps * each


def _run(
    folder: str, config: albert_tf.AlbertConfig, flags: dict, one_core: bool
) -> Callable[[float], float]:
    """Runs albert-tf pretrain.

    Returns:
        what maps a time since the epoch to the seconds of the run until then:
        by the clock on the wall or, on one core, of processor time.
    """
    os.makedirs(folder)
    path = os.path.join(folder, "sizes.json")
    config.to_json(path)
    settings = {
        "albert_config_file": path,
        "output_dir": os.path.join(folder, "out"),
        "strategy": "one_device",
        "on_collapse": "warn",
        **flags,
    }
    words = [f"--{name}={value}" for name, value in settings.items()]
    began = time.time()
    times, used = [began], [0.0]
    with open(os.path.join(folder, "log.txt"), "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "albert_tf", "pretrain", *words],
            stdout=log,
            stderr=log,
        )
        while one_core and process.poll() is None:
            times.append(time.time())
            used.append(_processor_seconds(process.pid))
            time.sleep(0.1)
        process.wait()
    if process.returncode:
        raise ValueError(
            "Each run must finish. "
            f"Received: exit code {process.returncode}. See {log.name}."
        )
    if one_core:
        return lambda when: float(np.interp(when, times, used))
    return lambda when: when - began


def _processor_seconds(process: int) -> float:
    """Processor time of a running process, on Linux."""
    with open(f"/proc/{process}/stat") as file:
        # The name, in parentheses, may hold spaces.
        fields = file.read().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _rows(folder: str) -> list[dict]:
    """The reports of training."""
    with open(os.path.join(folder, "out/metrics.jsonl")) as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if row["kind"] == "train"]


def _points(
    folder: str,
    clock: Callable[[float], float],
    rows: list[dict],
    config: albert_tf.AlbertConfig,
    held_out: str,
) -> list[dict]:
    depths = {row["step"]: row.get("num_layers") for row in rows}
    scorer = Scorer(config, held_out)
    points = []
    for path in checkpoints.saved_in(os.path.join(folder, "out"))[1:]:
        step = checkpoints.step_of(path)
        layers = depths[step] or config.num_hidden_layers
        weights = albert_tf.load(path).get_weights()
        points.append(
            {
                "step": step,
                "seconds": clock(os.path.getmtime(f"{path}.index")),
                "num_layers": layers,
                "loss": scorer.loss(weights, layers),
            }
        )
    return points


class Scorer:
    """Scores weights on held-out rows, in float32.

    Args:
        config: of the model.
        held_out: from `corpus.write_held_out`.
    """

    def __init__(self, config: albert_tf.AlbertConfig, held_out: str) -> None:
        self._model = albert_tf.AlbertPretrainer(config)
        self._sums: dict[int, Callable] = {}
        with np.load(held_out) as file:
            self._batches = tf.data.Dataset.from_tensor_slices(dict(file))

    def loss(self, weights: list[np.ndarray], layers: int) -> float:
        """The masked-LM loss of a model with these weights and layers, in
        nats."""
        self._model.set_weights(weights)
        self._model.encoder.transformer.num_layers = layers
        if layers not in self._sums:
            self._sums[layers] = tf.function(self._batch_sums)
        totals = np.zeros(2)
        for batch in self._batches:
            totals += [float(value) for value in self._sums[layers](batch)]
        return totals[0] / totals[1]

    def _batch_sums(self, batch):
        found = objectives.PRETRAINING.sums(self._model, batch, None)[0]
        return found["loss"], found["weight"]
