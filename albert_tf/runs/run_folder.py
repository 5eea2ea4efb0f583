"""The folder of a run: what it was started with, and its measurements."""

import json
import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from albert_tf.io import atomic
from albert_tf.io import json_file
from albert_tf.io import literal_paths
from albert_tf.runs import checkpoints
from albert_tf.runs import resuming

# Data in memory that a run was given, as files.
DATA_FOLDER = "given_data"
RUN_FILE = "run.json"
METRICS_FILE = "metrics.jsonl"
EVENTS_FILE = "events.jsonl"

# JSON's integers have no end, and NumPy's have.
INT64 = 2**63

# The part of run.json that says what the run was started by.
_ENVIRONMENT = "environment"


def claim(
    folder: str,
    settings: dict[str, Any],
    environment: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> None:
    """Makes `folder` the home of the run that these settings define.

    The same settings may claim it again, to go on. Others may only where
    nothing was trained yet, as when a wrong flag stopped the run at its start.

    Args:
        folder: --output_dir.
        settings: everything that decides the run's numbers, as JSON values.
        environment: what `environment.describe` returns. Other versions and
            another execution than at the start are logged.
        read_command: reads settings from the command line of a run by an
            earlier version, as in `resuming.unsaid`.
    Raises:
        FileExistsError: it holds another run, or checkpoints of none of ours.
    """
    path = os.path.join(folder, RUN_FILE)
    if goes_on(folder, settings, read_command):
        earlier = json_file.read_object(path)
        resuming.say_changes(earlier.get(_ENVIRONMENT), environment)
        unsaid = resuming.unsaid(earlier, settings, read_command)
        if unsaid:
            resuming.say_unsaid(path, unsaid)
            write_json(path, {**earlier, **unsaid})
        return
    if tf.io.gfile.exists(path):
        if not _differences(path, settings, read_command):
            return
        checkpoints.remove_all(folder)
    tf.io.gfile.makedirs(folder)
    write_json(path, {**settings, _ENVIRONMENT: environment})


def goes_on(
    folder: str,
    settings: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> bool:
    """Whether a run with these settings goes on there; False: it begins.

    Raises:
        FileExistsError: as `claim`.
        ValueError: a path that no checkpoint can be read back from.
    """
    literal_paths.check(folder)
    path = os.path.join(folder, RUN_FILE)
    if tf.io.gfile.exists(path):
        if any(map(checkpoints.step_of, checkpoints.saved_in(folder))):
            differ = _differences(path, settings, read_command)
            if differ:
                raise FileExistsError(
                    "The run of --output_dir must go on with the settings that "
                    f"started it. Received: {folder} with "
                    f"{'; '.join(differ)}. Take those settings, or another "
                    "--output_dir (with --init_checkpoint to start from these "
                    "weights)."
                )
            return True
    elif held := _held_in(folder):
        raise FileExistsError(
            "A new run must start in a new or empty folder. Received: "
            f"--output_dir={folder}, which holds {', '.join(held[:5])}. Name "
            "another one."
        )
    return False


def _differences(path: str, now: dict[str, Any], read_command) -> list[str]:
    earlier = json_file.read_object(path)
    return resuming.differences(earlier, now, read_command)


def _held_in(folder: str) -> list[str]:
    """What lies in a folder, except hidden files, such as that of who works
    there, and the data that the run was given."""
    if not tf.io.gfile.exists(folder):
        return []
    names = sorted(name.rstrip("/") for name in tf.io.gfile.listdir(folder))
    return [
        name
        for name in names
        if not name.startswith(".") and name != DATA_FOLDER
    ]


def write_json(path: str, values: dict[str, Any]) -> None:
    atomic.write_text(path, json.dumps(values, indent=2) + "\n")


def read_metrics(folder: str) -> list[dict[str, Any]]:
    """The rows of metrics.jsonl: step, kind ("train" or "eval"), values."""
    return _rows(os.path.join(folder, METRICS_FILE), "kind")


def read_events(folder: str) -> list[dict[str, Any]]:
    """The rows of events.jsonl: step, event, what is known of it."""
    return _rows(os.path.join(folder, EVENTS_FILE), "event")


def add_metrics(folder: str, row: dict[str, Any]) -> None:
    path = os.path.join(folder, METRICS_FILE)
    atomic.append_text(path, json.dumps(row) + "\n")


def add_event(folder: str, step: int, event: str, **details) -> None:
    # Whole: a line that a full disk cut would hide all that come after it.
    rows = [*read_events(folder), {"step": step, "event": event, **details}]
    _write_rows(os.path.join(folder, EVENTS_FILE), rows)


def forget_metrics_after(folder: str, step: int) -> None:
    """Drops the rows of steps that a resumed run will do again."""
    rows = [row for row in read_metrics(folder) if row["step"] <= step]
    _write_rows(os.path.join(folder, METRICS_FILE), rows)


def read_rows(path: str, word: str) -> Iterator[dict[str, Any]]:
    """The rows of a .jsonl file, which have "step" and a string `word`.

    One at a time: a long run's file does not have to fit into memory. A last
    line without an end is one that a run is writing, or was killed at.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.endswith(b"\n"):
            return
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not (
            isinstance(row, dict)
            and type(row.get("step")) is int
            and 0 <= row["step"] < INT64
            and isinstance(row.get(word), str)
            and json_file.nested(row) <= json_file.MOST_NESTED
        ):
            raise ValueError(
                f'{path} must hold one JSON object a line, with "step" and '
                f'"{word}". Received: {line!r:.60} in line {number}. Remove '
                "that line."
            )
        yield row


def read_lines(path: str) -> Iterator[bytes]:
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            yield from file
    except tf.errors.OpError as error:
        raise OSError(
            f"A run's files must be readable. Received: {path} "
            f"({error.message})."
        ) from None


def _rows(path: str, word: str) -> list[dict[str, Any]]:
    return list(read_rows(path, word)) if tf.io.gfile.exists(path) else []


def _write_rows(path: str, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    atomic.write_text(path, text)
