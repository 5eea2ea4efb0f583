"""Describes the source of evaluations and predictions, and names their files.

RUN/predictions/NAME   predictions, with names from `evaluation_files.name`
"""

import hashlib
import os
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

import albert_tf
from albert_tf.exporting import fingerprints
from albert_tf.finetuning import multitask
from albert_tf.io import json_file
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import task_data

PREDICTION_FILE = "prediction.json"
PREDICTIONS = "predictions"

_DIGITS = evaluation_files.HASH_DIGITS


def describe(
    trained: trained_model.TrainedModel,
    read: Sequence[tuple[task_data.TaskData, Sequence[splits.Split]]],
    home: str,
    **exits: float | None,
) -> dict[str, Any]:
    """Describes the weights, data and settings that results come from.

    Args:
        trained: the model.
        read: each task's data, with the splits that were read.
        home: the folder that results are written to.
        **exits: `exit_patience` and `exit_threshold`, if texts exit early;
            values of None are left out.
    Returns:
        JSON values by name, as `runs.evaluations` reads them.
    """
    assert trained.path is not None
    checkpoint = evaluation_files.name_of(trained.path, home)
    step = re.search(r"ckpt-(\d+)$", checkpoint)
    settings: dict[str, Any] = {
        **exits,
        "max_seq_length": read[0][0].lengths[-1],
    }
    for data, _ in read:
        settings |= {
            name: getattr(trained.config, name) for name in data.kind.settings
        }
        if data.calibration is not None:
            settings["calibration"] = data.calibration.fingerprint
    return {
        "checkpoint": checkpoint,
        "step": int(step[1]) if step else None,
        "weights": _weights_hash(trained.model),
        "data": {
            data.task.name: [_described(part) for part in found]
            for data, found in read
        },
        "settings": {k: v for k, v in settings.items() if v is not None},
        "albert_tf": albert_tf.__version__,
    }


def is_of_same_data(path: str, described: Mapping[str, Any]) -> bool:
    """Whether an earlier evaluation has the same rows, or does not exist.

    Args:
        path: the `evaluation_files.EVALUATION_FILE` of the earlier one.
        described: the result of `describe` for the new one.
    """
    if not tf.io.gfile.exists(path):
        return True
    return json_file.read_object(path).get("data") == described["data"]


def prediction_folder(folder: str, described: Mapping[str, Any]) -> str:
    """The folder for the files of --do_predict: `folder` itself, unless it
    already has files for other rows or of another model."""
    taken = [
        json_file.read_object(path)
        for path in (
            os.path.join(folder, PREDICTION_FILE),
            os.path.join(folder, evaluation_files.EVALUATION_FILE),
        )
        if tf.io.gfile.exists(path)
    ]
    files = {"predictions.json", "submission.zip"} | {
        f"{part['part']}_predictions{ending}"
        for found in described["data"].values()
        for part in found
        for ending in (".tsv", ".txt", ".jsonl")
    }
    is_free = not any(
        tf.io.gfile.exists(os.path.join(folder, file)) for file in files
    )
    if is_free or any(_are_same(other, described) for other in taken):
        return folder
    return os.path.join(folder, PREDICTIONS, evaluation_files.name(described))


def _are_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two descriptions have the same weights and texts."""
    return one.get("weights") == other["weights"] and [
        part.get("inputs")
        for found in one.get("data", {}).values()
        for part in found
    ] == [part["inputs"] for found in other["data"].values() for part in found]


def _weights_hash(model: multitask.MultitaskModel) -> str:
    digests = [fingerprints.of_weights(one) for one in model.models.values()]
    if len(digests) == 1:
        return digests[0][:_DIGITS]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:_DIGITS]


def _described(part: splits.Split) -> dict[str, Any]:
    return {
        "file": os.path.basename(os.path.normpath(part.path)),
        "part": part.name,
        "sha256": encode.fingerprint(part.examples)[:_DIGITS],
        "inputs": encode.fingerprint(
            map(example_types.unlabelled, part.examples)
        )[:_DIGITS],
        "rows": sum(example is not None for example in part.examples),
        "skipped": sum(example is None for example in part.examples),
    }
