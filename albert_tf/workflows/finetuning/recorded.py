"""What evaluations and predictions are of, and where predictions go.

RUN/predictions/NAME   predictions, by the names of `evaluation_files.name`
"""

import hashlib
import os
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from absl import flags

import albert_tf
from albert_tf.export import fingerprints
from albert_tf.finetuning import network as network_lib
from albert_tf.io import json_file
from albert_tf.workflows.common import evaluation_files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import parts
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import task_data

PREDICTION_FILE = "prediction.json"
PREDICTIONS = "predictions"

_FLAGS = flags.FLAGS
_DIGITS = evaluation_files.HASH_DIGITS
# What decides the numbers of some kinds of task.
_SETTINGS = {
    "span": (
        "doc_stride",
        "max_query_length",
        "n_best_size",
        "max_answer_length",
        "null_score_threshold",
    ),
    "multiple_choice": ("max_qa_length",),
}


def describe(
    network: network_lib.Network,
    read: Sequence[tuple[task_data.TaskData, Sequence[parts.Part]]],
    path: str,
    home: str,
    **settings,
) -> dict[str, Any]:
    """What numbers are of, as JSON values.

    Args:
        network: the model.
        read: of each task its data, and the parts that were read.
        path: of the weights.
        home: the folder that results are to lie in.
        **settings: what else decides the numbers; None is left out.
    """
    checkpoint = evaluation_files.name_of(path, home)
    step = re.search(r"ckpt-(\d+)$", checkpoint)
    settings["max_seq_length"] = read[0][0].lengths[-1]
    for data, _ in read:
        names = _SETTINGS.get(data.task.kind, ())
        settings |= {name: _FLAGS[name].value for name in names}
    return {
        "checkpoint": checkpoint,
        "step": int(step[1]) if step else None,
        "weights": _weights_hash(network),
        "data": {
            data.task.name: [_described(part) for part in found]
            for data, found in read
        },
        "settings": {k: v for k, v in settings.items() if v is not None},
        "albert_tf": albert_tf.__version__,
    }


def is_of_same_data(path: str, described: Mapping[str, Any]) -> bool:
    """Whether a file that `write_description` wrote, if it is there, is of the
    same rows."""
    if not tf.io.gfile.exists(path):
        return True
    return json_file.read_object(path).get("data") == described["data"]


def prediction_folder(folder: str, described: Mapping[str, Any]) -> str:
    """Where the files of --do_predict go: into a folder itself, unless it has
    those of other rows or of another model."""
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
    """Whether they are of the same weights and texts."""
    return one.get("weights") == other["weights"] and [
        part.get("inputs")
        for found in one.get("data", {}).values()
        for part in found
    ] == [part["inputs"] for found in other["data"].values() for part in found]


def _weights_hash(network: network_lib.Network) -> str:
    # Of several tasks, one after the other.
    digests = [
        fingerprints.of_weights(model) for model in network.models.values()
    ]
    if len(digests) == 1:
        return digests[0][:_DIGITS]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:_DIGITS]


def _described(part: parts.Part) -> dict[str, Any]:
    return {
        "file": os.path.basename(os.path.normpath(part.path)),
        "part": part.name,
        "sha256": encode.fingerprint(part.examples)[:_DIGITS],
        "inputs": encode.fingerprint(
            map(examples_lib.unlabelled, part.examples)
        )[:_DIGITS],
        "rows": sum(example is not None for example in part.examples),
        "skipped": sum(example is None for example in part.examples),
    }
