"""What trackers are told of a run: its name, settings and numbers."""

import math
import os
import re
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from albert_tf.io import json_file
from albert_tf.runs import run_folder
from albert_tf.runs import secrets

# In a run's folder: the run's id, by tracker, for a run that resumes.
FILE_NAME = "tracked.json"
# The experiment or project, unless the tracker's own variables name one.
EXPERIMENT = "albert_tf"

_OF_SEVERAL = re.compile(r"(seed|fold|trial)_\d+")
# What MLflow allows in names.
_OTHERS = re.compile(r"[^\w.\-: /]")
_LONGEST_VALUE = 500


def name_of(folder: str) -> str:
    """The name of a run: that of its folder; for one of several seeds, folds or
    trials, with the folder above."""
    parts = os.path.normpath(folder).split("/")
    while len(parts) > 1 and parts[0] in ("", "."):
        parts.pop(0)
    count = 1
    while count < len(parts) and _OF_SEVERAL.fullmatch(parts[-count]):
        count += 1
    return "/".join(parts[-count:])


def parameters(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as text, without passwords and tokens."""
    found = {}
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, list | tuple):
            value = ",".join(map(str, value))
        (shown,) = secrets.hidden([f"--{name}={value}"])
        found[name] = shown.partition("=")[2][:_LONGEST_VALUE]
    return found


def numbers(prefix: str, values: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among values, under names that trackers accept."""
    return {
        _OTHERS.sub("_", f"{prefix}/{name}"): float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def known_id(folder: str, tracker: str) -> str | None:
    """The id that a tracker gave to the run in a folder, if any."""
    path = os.path.join(folder, FILE_NAME)
    if not tf.io.gfile.exists(path):
        return None
    found = json_file.read_object(path).get(tracker)
    return found if isinstance(found, str) else None


def keep_id(folder: str, tracker: str, run_id: str) -> None:
    """Keeps the id of a run in its folder."""
    path = os.path.join(folder, FILE_NAME)
    known = json_file.read_object(path) if tf.io.gfile.exists(path) else {}
    run_folder.write_json(path, {**known, tracker: run_id})
