"""Reads the evaluations of a run: results, with their checkpoint and data.

RUN/evaluation.json                    the evaluation at the end of training
RUN/evaluations/NAME/evaluation.json   other evaluations
"""

import os
import sys
from typing import Any

import tensorflow as tf

from albert_tf.io import json_file

FILE_NAME = "evaluation.json"
FOLDER = "evaluations"

_KINDS = {
    "checkpoint": str,
    "step": int | None,
    "weights": str,
    "data": dict,
    "results": dict,
}
# JSON's integers have no largest value.
_MOST = sys.float_info.max
_KINDS_OF_DATA = {"file": str, "part": str, "sha256": str, "rows": int}


def read(run: str) -> list[dict[str, Any]]:
    """Reads the evaluations of a run, beginning with that of its training.

    Args:
        run: the run's folder.
    Returns:
        For each: `checkpoint` (relative to the run), `step` (None if unknown),
        `weights` (the first hexadecimal digits of `fingerprints.of_weights`),
        `data` (for each task, a list of `file`, `part`, `sha256` of the
        examples, and `rows`) and `results` (numbers by name).
    Raises:
        ValueError: a file is damaged.
    """
    folder = os.path.join(run, FOLDER)
    names = []
    if tf.io.gfile.isdir(folder):
        names = sorted(n.rstrip("/") for n in tf.io.gfile.listdir(folder))
    paths = [os.path.join(run, FILE_NAME)]
    paths += [os.path.join(folder, name, FILE_NAME) for name in names]
    return [_read(path) for path in paths if tf.io.gfile.exists(path)]


def _read(path: str) -> dict[str, Any]:
    values = json_file.read_object(path)
    try:
        _check(values, _KINDS, "")
        if not isinstance(values.get("settings", {}), dict):
            raise ValueError(f"settings as {values['settings']!r:.60}")
        for name, value in values["results"].items():
            if isinstance(value, int) and abs(value) > _MOST:
                raise ValueError(f"{name} as {value!r:.60}")
        for task, parts in values["data"].items():
            if not isinstance(parts, list) or not parts:
                raise ValueError(f"data of {task} as {parts!r:.60}")
            for part in parts:
                if not isinstance(part, dict):
                    raise ValueError(f"data of {task} as {part!r:.60}")
                _check(part, _KINDS_OF_DATA, f" of {task}")
    except ValueError as error:
        raise ValueError(
            f"{path} must hold the checkpoint, data and results of an "
            f"evaluation. Received: {error}. Evaluate again, or remove it."
        ) from None
    return values


def _check(values: dict[str, Any], kinds: dict[str, Any], where: str) -> None:
    for name, kind in kinds.items():
        value = values.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueError(f"{name}{where} as {value!r:.60}")
