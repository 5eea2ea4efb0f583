"""What a run was made with: the command, versions, and the code's state."""

import pathlib
import platform
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import albert_tf
from albert_tf.runs import secrets


def describe(execution: dict[str, Any]) -> dict[str, Any]:
    """JSON values, for run.json.

    Args:
        execution: how steps run, as `devices.described` returns it.
    """
    return {
        "command": secrets.hidden(sys.argv),
        "versions": versions(),
        "git": _git_state(),
        "devices": [device.name for device in tf.config.list_logical_devices()],
        "execution": execution,
    }


def versions() -> dict[str, str]:
    return {
        "albert_tf": albert_tf.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _git_state() -> dict[str, Any] | None:
    """The commit of this code and the files that differ; None outside git."""
    # Installed inside of someone's repository, it is not of that one.
    if _git("ls-files", "--error-unmatch", __file__) is None:
        return None
    commit = _git("rev-parse", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": (changed or "").splitlines()}


def _git(*arguments: str) -> str | None:
    folder = str(pathlib.Path(__file__).parent)
    try:
        outcome = subprocess.run(
            ["git", "-C", folder, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return outcome.stdout.strip()
