"""Describes how a run was started: its command, versions and commit."""

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
    """Describes the process of a run, for run.json.

    Args:
        execution: how steps run, as `devices.described` returns it.
    Returns:
        JSON values by name.
    """
    return {
        "command": secrets.hidden(sys.argv),
        "versions": versions(),
        "git": _git_state(),
        "devices": [device.name for device in tf.config.list_logical_devices()],
        "execution": execution,
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide numbers."""
    return {
        "albert_tf": albert_tf.__version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _git_state() -> dict[str, Any] | None:
    """The commit of this code and its changed files; None outside git."""
    # An installed package may lie in another repository, untracked.
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
