"""Judges --output_dir: free for a run, or the same run's; space and rights."""

import os
import shutil
from typing import Any

from albert_tf.doctor import findings
from albert_tf.runs import checkpoints
from albert_tf.runs import resuming
from albert_tf.runs import run_folder

_FLAG = "--output_dir"
# Weight and both moments, float32.
_BYTES = 12
# One is written before an old one goes, and the best one is kept beside.
_MORE = 2


def check_run(
    found: findings.Findings,
    folder: str,
    settings: dict[str, Any],
    read_command: resuming.ReadCommand | None = None,
) -> None:
    """Checks that a run with these settings may begin or resume there.

    Args:
        found: where the finding goes.
        folder: --output_dir.
        settings: everything that decides the run's numbers.
        read_command: as in `resuming.unsaid`.
    """
    goes_on = found.attempt(
        _FLAG, run_folder.goes_on, folder, settings, read_command
    )
    if goes_on:
        step = max(map(checkpoints.step_of, checkpoints.saved_in(folder)))
        found.fine(_FLAG, f"The run of {folder} goes on after step {step:,}.")
    elif goes_on is not None:
        found.fine(_FLAG, f"A run begins in {folder}.")


def check_space(
    found: findings.Findings,
    folder: str,
    *,
    parameters: int,
    keep_checkpoint_max: int,
) -> None:
    """Rights and free space for the checkpoints of a run, where it is local.

    Args:
        found: where it goes.
        folder: --output_dir.
        parameters: of the model.
        keep_checkpoint_max: of the flag.
    """
    if "://" in folder:
        found.fine(_FLAG, f"Space in {folder} is not looked at.")
        return
    parent = _existing(folder)
    if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK):
        found.error(
            _FLAG,
            "A run must be able to write into --output_dir. Received: "
            f"{folder}, and {parent} cannot be written to. Name another one.",
        )
        return
    size = _BYTES * parameters
    there = len(checkpoints.saved_in(folder))
    count = max(1, keep_checkpoint_max + _MORE - there)
    free = shutil.disk_usage(parent).free
    said = (
        f"{count} checkpoints of {size / 1e9:.2f} GB to come, and "
        f"{free / 1e9:,.1f} GB free in {parent}"
    )
    if count * size > free:
        found.error(
            "--keep_checkpoint_max",
            f"Checkpoints must fit on the disk. Received: {said}. Lower it, "
            "or name another --output_dir.",
        )
    else:
        found.fine(_FLAG, f"{said}.")


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that exists."""
    folder = os.path.abspath(folder)
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder
