"""Loads a form of an export for the server.

A SavedModel reads text itself. For the forms that read ids, the export's
tokenizer and the answers of its task run in TensorFlow around them, so that the
answers to a text are made in the same way by every form.
"""

import contextlib
import functools
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf.exporting import formats
from albert_tf.exporting import row_groups
from albert_tf.exporting import savedmodel
from albert_tf.serving.models import folders
from albert_tf.serving.models import saved_model
from albert_tf.workflows.configs import export as export_config
from data_pipeline.answers import answer_modules
from data_pipeline.io import json_file
from data_pipeline.tasks.saved import saved_tasks

_CONFIG = "config.json"
# Sizes of the first axes of batches that are run to learn shapes: [2, 3] or
# [2, 3, 4], and [5, 6] or [5, 6, 7].
_SIZES = (2, 5)
# Kinds whose outputs have no axis of tokens.
_BY_ROW = (
    "classification",
    "multilabel",
    "regression",
    "multiple_choice",
    "embedding",
    "generation",
)


def load(name: str, folder: str, backend: str) -> saved_model.Model:
    """Loads the newest version of an export.

    Args:
        name: name of the model.
        folder: folder of an export, or of numbered exports.
        backend: the form, as in ServeConfig.
    Raises:
        ValueError: the export has no such form.
        ImportError: the form's library is not installed.
    """
    if backend in export_config.SAVED_MODELS:
        return saved_model.load(name, folder, backend)
    version, folder = folders.newest_version(
        folder, _CONFIG, backend.partition("/")[0]
    )
    config = json_file.read_object(os.path.join(folder, _CONFIG))
    form = chosen(folder, config, backend)
    logging.info("%s: served by %s.", name, form["name"])
    runner = row_groups.RowGroups(
        formats.runner(folder, form["name"]),
        is_by_row=config["kind"] in _BY_ROW,
        takes_one=form["name"].startswith("litert/"),
        fixed=form["max_seq_length"],
    )
    signatures = _signatures(folder, config, runner)
    return saved_model.described(
        name, version, folder, signatures, _definitions(signatures)
    )


def chosen(folder: str, config: Mapping[str, Any], backend: str) -> Any:
    """The named form, or the fastest of the named format."""
    if "answer_options" not in config:
        raise ValueError(
            f"--backend={backend} must have an export of this version of "
            f"albert_tf. Received: {folder!r}, whose config.json has no "
            "answer_options. Export the model again, or serve its SavedModel."
        )
    forms = [
        form
        for form in config.get("forms", ())
        if form["name"].partition("/")[0] in export_config.QUANTIZED
    ]
    if config["kind"] == "multiple_choice":
        # LiteRT's forms have a fixed number of choices.
        forms = [f for f in forms if not f["name"].startswith("litert/")]
    found = [
        form
        for form in forms
        if backend in (form["name"], form["name"].partition("/")[0])
    ]
    if not found:
        names = ("savedmodel", *(form["name"] for form in forms))
        raise ValueError(
            "--backend must name a form of the export. Received: "
            f"{backend!r}, and {folder!r} with {', '.join(names)}. Export with "
            f"--formats={backend.partition('/')[0]}, or serve another form."
        )
    return min(found, key=lambda form: form["milliseconds"])


def _signatures(
    folder: str, config: Mapping[str, Any], runner: row_groups.RowGroups
) -> dict[str, saved_model.Signature]:
    """The signatures text, words or pair, by the kind, and ids."""
    inputs, outputs = _specs(config, runner)
    ids = saved_model.Signature("ids", inputs, outputs, runner)
    row = {"kind": config["kind"]}
    if config["task"]:
        row = saved_tasks.read(folder).tasks[config["task"]]
    tasks = answer_modules.make(
        row,
        saved_tasks.tokenizer(None, folder),
        max_seq_length=config["max_seq_length"],
        **config["answer_options"],
    )
    found = {"ids": ids}
    for name, task in tasks.items():
        function = savedmodel.function(
            functools.partial(_answer, ids, task),
            task.inputs,
            contextlib.nullcontext,
        )
        found[name] = saved_model.Signature(
            name,
            dict(sorted(function.structured_input_signature[1].items())),
            dict(sorted(function.structured_outputs.items())),
            # `task` owns the tokenizer, so it must be kept alive.
            functools.partial(saved_model.call, function, task),
        )
    return found | {saved_model.DEFAULT_SIGNATURE: found["text"]}


def _answer(
    ids: saved_model.Signature, task: Any, **strings: tf.Tensor
) -> dict[str, tf.Tensor]:
    """From strings to a task's answers, with the model outside TensorFlow."""
    rows, context = task.rows(**strings)
    names = list(ids.inputs)

    def run(*values):
        outputs = ids.call(dict(zip(names, values, strict=True)))
        return [outputs[name] for name in ids.outputs]

    values = tf.numpy_function(
        run,
        [tf.cast(rows[name], tf.int32) for name in names],
        [spec.dtype for spec in ids.outputs.values()],
    )
    outputs = {
        name: tf.ensure_shape(value, spec.shape)
        for (name, spec), value in zip(ids.outputs.items(), values, strict=True)
    }
    answer = task.answer(outputs, context)
    return {**answer, "truncated": context["truncated"]}


def _specs(
    config: Mapping[str, Any], runner: row_groups.RowGroups
) -> tuple[dict[str, tf.TensorSpec], dict[str, tf.TensorSpec]]:
    """The specs of inputs and outputs by name.

    Two batches without a common size are run: an axis of an output that has the
    same size in both is fixed.
    """
    ranks = config["ids"]
    inputs = {
        name: tf.TensorSpec([None] * rank, tf.int32, name)
        for name, rank in sorted(ranks.items())
    }
    first, second = (
        runner(
            {
                name: np.ones(range(size, size + rank), np.int32)
                for name, rank in ranks.items()
            }
        )
        for size in _SIZES
    )
    outputs = {
        name: tf.TensorSpec(
            [
                a if a == b else None
                for a, b in zip(
                    first[name].shape, second[name].shape, strict=True
                )
            ],
            first[name].dtype,
            name,
        )
        for name in sorted(first)
    }
    return inputs, outputs


def _definitions(signatures: Mapping[str, saved_model.Signature]) -> dict:
    """The signatures in the format of TensorFlow Serving's metadata."""
    return {
        name: {
            "inputs": _tensors(signature.inputs),
            "outputs": _tensors(signature.outputs),
            "method_name": "tensorflow/serving/predict",
        }
        for name, signature in signatures.items()
    }


def _tensors(specs: Mapping[str, tf.TensorSpec]) -> dict:
    types = {tf.string: "DT_STRING", tf.int32: "DT_INT32", tf.bool: "DT_BOOL"}
    return {
        name: {
            "name": name,
            "dtype": types.get(spec.dtype, "DT_FLOAT"),
            "tensor_shape": {
                "dim": [{"size": str(size or -1)} for size in spec.shape],
                "unknown_rank": False,
            },
        }
        for name, spec in specs.items()
    }
