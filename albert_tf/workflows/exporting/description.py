"""Writes the files beside the weights of an export."""

import dataclasses
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from absl import logging

import albert_tf
from albert_tf.exporting import fingerprints
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.exporting import latency
from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.io import files
from data_pipeline.tasks.saved import saved_tasks


def write(
    trained: trained_lib.Trained,
    folder: str,
    signatures: Mapping[str, Any],
    options: Mapping[str, int | str],
    written: Sequence[formats.Written],
    results: Sequence[gate.Result],
    latencies: Sequence[latency.Latency],
    data: Mapping[str, Any] | None,
    flags: Mapping[str, Any],
) -> None:
    """Writes config.json, the tokenizer and task.json.

    Args:
        trained: the model.
        folder: the folder of the export, with all of its forms.
        signatures: signatures of the SavedModel by name.
        options: settings of answers, from from_config.answer_options.
        written: the forms that run.
        results: results of the gate, in the order of the forms.
        latencies: latencies of the forms, in their order.
        data: description of the data that the forms were compared on.
        flags: settings that describe the data, from remembered.given.
    """
    model, tokenizer = trained.model, trained.tokenizer
    model.config.to_json(os.path.join(folder, loading.CONFIG_FILE))
    tokenizer.save(folder)
    if trained.task:
        saved_tasks.write(
            folder,
            {trained.task: trained.row},
            trained.max_seq_length,
            tokenizer,
            flags,
        )
    if model.untrained_heads:
        logging.info(
            "The checkpoint has no weights for %s, so the export does not have "
            "their outputs.",
            ", ".join(model.untrained_heads),
        )
    description = {
        "task": trained.task,
        # Scores of transitions between tags are in task.json alone.
        **{k: v for k, v in trained.row.items() if k != "transitions"},
        **_embedding_size(signatures),
        "max_seq_length": trained.max_seq_length,
        "albert": model.config.to_dict(),
        "parameters": model.count_params(),
        "signatures": {
            name: {
                "inputs": sorted(function.structured_input_signature[1]),
                "outputs": sorted(function.structured_outputs),
            }
            for name, function in signatures.items()
        },
        "checkpoint": run_checkpoint.name_of(trained.checkpoint),
        # Inputs of the forms that read ids, and their numbers of axes.
        "ids": {
            name: spec.shape.rank
            for name, spec in ids_function.specs(model).items()
        },
        "answer_options": dict(options),
        **_decoding(model),
        "forms": [
            {
                "name": form.name,
                "max_seq_length": form.fixed,
                "milliseconds": timed.milliseconds,
            }
            for form, timed in zip(written, latencies, strict=True)
        ],
        "compared": gate.as_json(results),
        "compared_on": data,
        "fingerprints": {
            "weights": fingerprints.of_weights(model),
            "tokenizer": tokenizer.fingerprint,
            "files": fingerprints.of_files(folder),
        },
        "versions": {
            "albert_tf": albert_tf.__version__,
            "tensorflow": tf.__version__,
        },
    }
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    files.write(os.path.join(folder, "config.json"), text.encode())


def _decoding(model: keras.Model) -> dict[str, Any]:
    """How a model that writes does so."""
    decoding = getattr(model, "decoding", None)
    return {"decoding": dataclasses.asdict(decoding)} if decoding else {}


def _embedding_size(signatures: Mapping[str, Any]) -> dict[str, int]:
    """D, the size of the embeddings, if the SavedModel answers with some."""
    if "text" not in signatures:
        return {}
    outputs = signatures["text"].structured_outputs
    if "embeddings" not in outputs:
        return {}
    return {"embedding_size": outputs["embeddings"].shape[-1]}
