"""Writes the results of a pretraining's evaluation, with their origin."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

import albert_tf
from albert_tf.exporting import fingerprints
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining.records import record_sets


def write(
    config: pretrain_config.PretrainConfig,
    model: keras.Model,
    record_set: record_sets.RecordSet,
    results: Mapping[str, float],
    checkpoint: str,
) -> None:
    """Writes results into the folder of the run.

    The results of training itself lie beside its last checkpoint, others in a
    folder of their own.

    Args:
        config: the run's settings.
        model: the evaluated model.
        record_set: the records of the evaluation.
        results: metrics by name.
        checkpoint: path of the weights.
    """
    folder = config.run_dir
    described = _described(config, model, record_set, results, checkpoint)
    if not config.do_train:
        name = evaluation_files.name(described)
        folder = os.path.join(folder, evaluation_files.EVALUATIONS, name)
    tf.io.gfile.makedirs(folder)
    evaluation_files.write(folder, described, results)


def described_part(
    record_set: record_sets.RecordSet, files: str, rows: int
) -> dict[str, Any]:
    """Describes records, as `evaluations.read` returns them.

    Args:
        record_set: the records.
        files: their paths as the user gave them. A pattern is kept with the
            name of its folder, such as records/*.tfrecord.
        rows: the number of records.
    """
    shards = json.dumps(record_set.manifest.shards, sort_keys=True)
    folder, name = os.path.split(files)
    if re.search(r"[*?\[]", name):
        name = os.path.join(os.path.basename(folder), name)
    digest = hashlib.sha256(shards.encode()).hexdigest()
    return {
        "file": name,
        "part": "records",
        "sha256": digest[: evaluation_files.HASH_DIGITS],
        "rows": rows,
    }


def _described(
    config: pretrain_config.PretrainConfig,
    model: keras.Model,
    record_set: record_sets.RecordSet,
    results: Mapping[str, float],
    path: str,
) -> dict[str, Any]:
    assert config.input_file is not None
    checkpoint = evaluation_files.name_of(path, config.run_dir)
    step = re.search(r"ckpt-(\d+)$", checkpoint)
    part = described_part(
        record_set,
        config.eval_input_file or config.input_file,
        int(results.get("examples") or len(record_set.files)),
    )
    weights = fingerprints.of_weights(model)
    return {
        "checkpoint": checkpoint,
        "step": int(step[1]) if step else None,
        "weights": weights[: evaluation_files.HASH_DIGITS],
        "data": {"pretraining": [{**part, "skipped": 0}]},
        "settings": {
            "max_seq_length": record_set.max_seq_length,
            "max_eval_steps": config.max_eval_steps,
            "eval_seed": config.eval_seed,
            **mask_config.recorded(config),
        },
        "albert_tf": albert_tf.__version__,
    }
