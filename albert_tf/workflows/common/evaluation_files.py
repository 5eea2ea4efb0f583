"""The files of evaluations in a run's folder.

    RUN/eval_results.json, evaluation.json   the evaluation of training itself
    RUN/evaluations/NAME/                    other evaluations

A name consists of the checkpoint, the data, and a hash of the weights, the rows
and the settings, such as best-ckpt-600_dev_1a2b3c4d. Repeating an evaluation
replaces only its own files.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from albert_tf.hub import names
from albert_tf.runs import run_folder
from data_pipeline.tasks.partitions import held_out

EVALUATION_FILE = "evaluation.json"
RESULTS_FILE = "eval_results.json"
EVALUATIONS = "evaluations"
# Hexadecimal digits of hashes.
HASH_DIGITS = 16

_DIGITS_OF_NAME = 8
_LONGEST = 60


def name(described: Mapping[str, Any]) -> str:
    """The name of the file or folder of an evaluation or a prediction.

    Args:
        described: its description, as in `runs.evaluations`.
    """
    decisive = [described[key] for key in ("weights", "data", "settings")]
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
    stems = [
        _stem(part) for found in described["data"].values() for part in found
    ]
    return "_".join(
        (
            _plain(described["checkpoint"]),
            _plain("-".join(stems)),
            digest.hexdigest()[:_DIGITS_OF_NAME],
        )
    )


def write(
    folder: str, described: Mapping[str, Any], results: Mapping[str, float]
) -> None:
    """Writes the results and the description of an evaluation.

    Args:
        folder: the folder to write to.
        described: the description, as in `runs.evaluations`.
        results: metrics by name.
    """
    run_folder.write_json(os.path.join(folder, RESULTS_FILE), dict(results))
    run_folder.write_json(
        os.path.join(folder, EVALUATION_FILE), {**described, "results": results}
    )


def name_of(path: str, home: str) -> str:
    """The path of weights relative to a folder; for weights outside of it, the
    name that they were fetched by, or the last part of the path."""
    if names.is_fetched(path):
        return names.name_of(path)
    relative = os.path.relpath(path, home)
    if relative == "." or relative.startswith(".."):
        return os.path.basename(os.path.normpath(path))
    return relative.replace(os.sep, "/")


def _stem(part: Mapping[str, Any]) -> str:
    stem = os.path.splitext(part["file"])[0]
    return f"{stem}-held-out" if part["part"] == held_out.NAME else stem


def _plain(text: str) -> str:
    return re.sub(r"[^\w.-]|_", "-", text)[:_LONGEST].strip("-.")
