"""The folder of a run: what it was started with, and its measurements."""

import json
import os
from typing import Any

import tensorflow as tf

from albert_tf.training import checkpoints

RUN_FILE = "run.json"
METRICS_FILE = "metrics.jsonl"
EVENTS_FILE = "events.jsonl"

# The part of run.json that resuming does not compare.
_ENVIRONMENT = "environment"


def claim(
    folder: str, settings: dict[str, Any], environment: dict[str, Any]
) -> None:
    """Makes `folder` the home of the run that these settings define.

    The same settings may claim it again, to go on. Others may only where
    nothing was trained yet, as when a wrong flag stopped the run at its start.

    Args:
        folder: --output_dir.
        settings: everything that decides the run's numbers, as JSON values.
        environment: what is good to know beside it.
    Raises:
        FileExistsError: it holds another run, or checkpoints of none of ours.
    """
    path = os.path.join(folder, RUN_FILE)
    if tf.io.gfile.exists(path):
        if any(map(checkpoints.step_of, checkpoints.saved_in(folder))):
            check_same(folder, settings)
            return
        if not _differences(folder, settings):
            return
        checkpoints.remove_all(folder)
    elif tf.io.gfile.exists(folder) and tf.io.gfile.listdir(folder):
        raise FileExistsError(
            "A new run starts in a new or empty folder. Received: "
            f"--output_dir={folder}, which holds "
            f"{', '.join(sorted(tf.io.gfile.listdir(folder))[:5])}. Name "
            "another one."
        )
    tf.io.gfile.makedirs(folder)
    write_json(path, {**settings, _ENVIRONMENT: environment})


def check_same(folder: str, now: dict[str, Any]) -> None:
    """Raises FileExistsError where the folder's run has other settings."""
    differ = _differences(folder, now)
    if differ:
        raise FileExistsError(
            "--output_dir holds one run, which goes on only with the settings "
            f"that started it. Received: {folder} with {'; '.join(differ)}. "
            "Take those settings, or another --output_dir (with "
            "--init_checkpoint to start from these weights)."
        )


def _differences(folder: str, now: dict[str, Any]) -> list[str]:
    earlier = _read_json(os.path.join(folder, RUN_FILE))
    earlier.pop(_ENVIRONMENT, None)
    now = json.loads(json.dumps(now))
    return [
        f"{name}: {earlier.get(name)!r} there, {now.get(name)!r} now"
        for name in sorted({*earlier, *now})
        if earlier.get(name) != now.get(name)
    ]


def write_json(path: str, values: dict[str, Any]) -> None:
    with tf.io.gfile.GFile(path + ".tmp", "w") as file:
        file.write(json.dumps(values, indent=2) + "\n")
    tf.io.gfile.rename(path + ".tmp", path, overwrite=True)


def read_metrics(folder: str) -> list[dict[str, Any]]:
    """The rows of metrics.jsonl: step, kind ("train" or "eval"), values."""
    return _read_rows(os.path.join(folder, METRICS_FILE))


def read_events(folder: str) -> list[dict[str, Any]]:
    """The rows of events.jsonl: step, event, what is known of it."""
    return _read_rows(os.path.join(folder, EVENTS_FILE))


def add_metrics(folder: str, row: dict[str, Any]) -> None:
    _add_row(os.path.join(folder, METRICS_FILE), row)


def add_event(folder: str, step: int, event: str, **details) -> None:
    row = {"step": step, "event": event, **details}
    _add_row(os.path.join(folder, EVENTS_FILE), row)


def forget_metrics_after(folder: str, step: int) -> None:
    """Drops the rows of steps that a resumed run will do again."""
    rows = [row for row in read_metrics(folder) if row["step"] <= step]
    path = os.path.join(folder, METRICS_FILE)
    with tf.io.gfile.GFile(path + ".tmp", "w") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    tf.io.gfile.rename(path + ".tmp", path, overwrite=True)


def _read_rows(path: str) -> list[dict[str, Any]]:
    if not tf.io.gfile.exists(path):
        return []
    with tf.io.gfile.GFile(path) as file:
        # A line without an end is one that a run was killed at.
        return [json.loads(line) for line in file if line.endswith("\n")]


def _add_row(path: str, row: dict[str, Any]) -> None:
    with tf.io.gfile.GFile(path, "a") as file:
        file.write(json.dumps(row) + "\n")


def _read_json(path: str) -> dict[str, Any]:
    with tf.io.gfile.GFile(path) as file:
        return json.loads(file.read())
