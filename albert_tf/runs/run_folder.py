"""The files of a run's folder: its settings, metrics and events."""

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

# Steps are below this; JSON's integers have no largest value, NumPy's have.
INT64 = 2**63

# The entry of run.json with the command and versions of the run.
_ENVIRONMENT = "environment"


def claim(
    folder: str,
    settings: dict[str, Any],
    environment: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> None:
    """Reserves a folder for the run that these settings define.

    The same settings may claim the folder again, to resume. Other settings may
    claim it only if nothing was trained yet, as when a wrong flag stopped the
    run at its start.

    Args:
        folder: --output_dir.
        settings: everything that decides the run's numbers, as JSON values.
        environment: the result of `environment.describe`. If versions or the
            execution have changed since the start, that is logged.
        read_command: reads settings from the command line of a run by an
            earlier version, as in `resuming.missing_settings`.
    Raises:
        FileExistsError: the folder holds another run, or other files.
    """
    path = os.path.join(folder, RUN_FILE)
    if resumes(folder, settings, read_command):
        earlier = json_file.read_object(path)
        resuming.warn_of_changes(earlier.get(_ENVIRONMENT), environment)
        missing = resuming.missing_settings(earlier, settings, read_command)
        if missing:
            resuming.warn_of_missing(path, missing)
            write_json(path, {**earlier, **missing})
        return
    if tf.io.gfile.exists(path):
        if not _differences(path, settings, read_command):
            return
        checkpoints.remove_all(folder)
    tf.io.gfile.makedirs(folder)
    write_json(path, {**settings, _ENVIRONMENT: environment})


def resumes(
    folder: str,
    settings: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> bool:
    """Whether a run with these settings resumes in a folder; else it starts.

    Args:
        folder, settings, read_command: as in `claim`.
    Raises:
        FileExistsError: as `claim`.
        ValueError: TensorFlow cannot read checkpoints back from such a path.
    """
    literal_paths.check(folder)
    path = os.path.join(folder, RUN_FILE)
    if tf.io.gfile.exists(path):
        if any(map(checkpoints.step_of, checkpoints.saved_in(folder))):
            differ = _differences(path, settings, read_command)
            if differ:
                raise FileExistsError(
                    "The run in --output_dir must be resumed with the settings "
                    f"that it was started with. Received: {folder} with "
                    f"{'; '.join(differ)}. Use those settings, or another "
                    "--output_dir (with --init_checkpoint to start from these "
                    "weights)."
                )
            return True
    elif held := _held_in(folder):
        raise FileExistsError(
            "A new run must start in a new or empty folder. Received: "
            f"--output_dir={folder}, which holds {', '.join(held[:5])}. Name "
            "another folder."
        )
    return False


def _differences(
    path: str, now: dict[str, Any], read_command: resuming.ReadCommand | None
) -> list[str]:
    earlier = json_file.read_object(path)
    return resuming.differences(earlier, now, read_command)


def _held_in(folder: str) -> list[str]:
    """The names of the files in a folder, except hidden ones such as locks, and
    except the data that the run was given."""
    if not tf.io.gfile.exists(folder):
        return []
    names = sorted(name.rstrip("/") for name in tf.io.gfile.listdir(folder))
    return [
        name
        for name in names
        if not name.startswith(".") and name != DATA_FOLDER
    ]


def write_json(path: str, values: dict[str, Any]) -> None:
    """Writes a JSON file in one step."""
    atomic.write_text(path, json.dumps(values, indent=2) + "\n")


def read_metrics(folder: str) -> list[dict[str, Any]]:
    """Reads metrics.jsonl: each row has `step`, `kind` ("train" or "eval") and
    values."""
    return _rows(os.path.join(folder, METRICS_FILE), "kind")


def read_events(folder: str) -> list[dict[str, Any]]:
    """Reads events.jsonl: each row has `step`, `event` and details."""
    return _rows(os.path.join(folder, EVENTS_FILE), "event")


def add_metrics(folder: str, row: dict[str, Any]) -> None:
    """Appends a row to metrics.jsonl."""
    path = os.path.join(folder, METRICS_FILE)
    atomic.append_text(path, json.dumps(row) + "\n")


def add_event(folder: str, step: int, event: str, **details: Any) -> None:
    """Adds a row to events.jsonl."""
    # The whole file is written, since a line cut off by a full disk would hide
    # all that follow.
    rows = [*read_events(folder), {"step": step, "event": event, **details}]
    _write_rows(os.path.join(folder, EVENTS_FILE), rows)


def forget_metrics_after(folder: str, step: int) -> None:
    """Removes the rows of steps that a resumed run will repeat."""
    rows = [row for row in read_metrics(folder) if row["step"] <= step]
    _write_rows(os.path.join(folder, METRICS_FILE), rows)


def read_rows(path: str, word: str) -> Iterator[dict[str, Any]]:
    """Yields the rows of a .jsonl file.

    Rows are read one at a time, since a long run's file may not fit into
    memory. A last line without a newline is skipped: a run is still writing it,
    or was killed while it did.

    Args:
        path: the file.
        word: a key that each row must have, with a string, besides "step".
    Raises:
        ValueError: a line is not such a row.
        OSError: the file cannot be read.
    """
    for number, line, row in read_json_lines(path):
        if not line.endswith(b"\n"):
            return
        if not (
            isinstance(row, dict)
            and type(row.get("step")) is int
            and 0 <= row["step"] < INT64
            and isinstance(row.get(word), str)
            and json_file.nested(row) <= json_file.MOST_NESTED
        ):
            raise ValueError(
                f'{path} must hold one JSON object per line, with "step" and '
                f'"{word}". Received: {line!r:.60} in line {number}. Remove '
                "that line."
            )
        yield row


def read_json_lines(path: str) -> Iterator[tuple[int, bytes, Any]]:
    """Yields the number, from 1, the bytes and the JSON value of each line of a
    file; None for a line that is no JSON. Raises OSError if it cannot be read.
    """
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = None
                yield number, line, value
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
