"""Checks --output_dir: is it free or of the same run, writable, with space?"""

import os
import shutil
from typing import Any

from albert_tf.doctor import findings
from albert_tf.runs import checkpoints
from albert_tf.runs import resuming
from albert_tf.runs import run_folder

_FLAG = "--output_dir"
# Bytes per parameter: the weight and both moments, in float32.
_BYTES = 12
# Checkpoints beyond --keep_checkpoint_max: the best one, and the one that is
# being written before an old one is removed.
_MORE = 2


def check_run(
    found: findings.Findings,
    folder: str,
    settings: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> None:
    """Checks that a run with these settings may start or resume there.

    Args:
        found: collects the findings.
        folder: --output_dir.
        settings: everything that decides the run's numbers.
        read_command: as in `resuming.missing_settings`.
    """
    resumes = found.attempt(
        _FLAG, run_folder.resumes, folder, settings, read_command
    )
    if resumes:
        step = max(map(checkpoints.step_of, checkpoints.saved_in(folder)))
        found.fine(_FLAG, f"The run in {folder} resumes after step {step:,}.")
    elif resumes is not None:
        found.fine(_FLAG, f"A new run starts in {folder}.")


def check_space(
    found: findings.Findings,
    folder: str,
    *,
    parameters: int,
    keep_checkpoint_max: int,
) -> None:
    """Checks that a local folder is writable and has space for checkpoints.

    Args:
        found: collects the findings.
        folder: --output_dir.
        parameters: the model's number of weights.
        keep_checkpoint_max: the value of this flag.
    """
    if "://" in folder:
        found.fine(_FLAG, f"The space in {folder} is not checked.")
        return
    parent = _existing(folder)
    if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK):
        found.error(
            _FLAG,
            "--output_dir must be writable. Received: "
            f"{folder}, where {parent} is not writable. Name another folder.",
        )
        return
    size = _BYTES * parameters
    there = len(checkpoints.saved_in(folder))
    count = max(1, keep_checkpoint_max + _MORE - there)
    free = shutil.disk_usage(parent).free
    said = (
        f"{count} further checkpoints of {size / 1e9:.2f} GB, and "
        f"{free / 1e9:,.1f} GB free in {parent}"
    )
    if count * size > free:
        found.error(
            "--keep_checkpoint_max",
            f"Checkpoints must fit on the disk. Received: {said}. Lower "
            "--keep_checkpoint_max, or name another --output_dir.",
        )
    else:
        found.fine(_FLAG, f"{said}.")


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that exists."""
    folder = os.path.abspath(folder)
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder
