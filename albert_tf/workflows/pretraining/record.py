"""The results of a pretraining's evaluation, with what they are of."""

import hashlib
import json
import os
import re
from typing import Any

import keras
import tensorflow as tf
from absl import flags

import albert_tf
from albert_tf.export import fingerprints
from albert_tf.runs import run_checkpoint
from albert_tf.training import checkpoints
from albert_tf.workflows.finetuning import recorded
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_settings
from data_pipeline.pretraining.records import record_sets

_FLAGS = flags.FLAGS
_DIGITS = 16  # of hashes


def write(
    model: keras.Model,
    record_set: record_sets.RecordSet,
    results: dict[str, float],
) -> None:
    """Writes results into --output_dir: those of training itself, which are
    those of its last checkpoint, beside it, and others under a name of their
    own."""
    folder = _FLAGS.output_dir
    if _FLAGS.do_train:
        path = checkpoints.saved_in(folder)[-1]
    else:
        path = run_checkpoint.find(
            _FLAGS.init_checkpoint or folder, _FLAGS.which
        )
    described = _described(model, record_set, results, path)
    if not _FLAGS.do_train:
        name = recorded.name(described)
        folder = os.path.join(folder, recorded.EVALUATIONS, name)
    tf.io.gfile.makedirs(folder)
    recorded.write_evaluation(folder, described, results)


def described_part(
    record_set: record_sets.RecordSet, files: str, rows: int
) -> dict[str, Any]:
    """Which records, as `evaluations.read` gives it.

    Args:
        files: as the command line names them; of a pattern such as
            records/*.tfrecord the folder is told too.
        rows: how many of them.
    """
    shards = json.dumps(record_set.manifest.shards, sort_keys=True)
    folder, name = os.path.split(files)
    if re.search(r"[*?\[]", name):
        name = os.path.join(os.path.basename(folder), name)
    return {
        "file": name,
        "part": "records",
        "sha256": hashlib.sha256(shards.encode()).hexdigest()[:_DIGITS],
        "rows": rows,
    }


def _described(model, record_set, results, path) -> dict:
    checkpoint = trained_model.name_of(path, _FLAGS.output_dir)
    step = re.search(r"ckpt-(\d+)$", checkpoint)
    part = described_part(
        record_set,
        _FLAGS.eval_input_file or _FLAGS.input_file,
        int(results.get("examples") or len(record_set.files)),
    )
    return {
        "checkpoint": checkpoint,
        "step": int(step[1]) if step else None,
        "weights": fingerprints.of_weights(model)[:_DIGITS],
        "data": {"pretraining": [{**part, "skipped": 0}]},
        "settings": {
            "max_seq_length": record_set.max_seq_length,
            "max_eval_steps": _FLAGS.max_eval_steps,
            "eval_seed": _FLAGS.eval_seed,
            **mask_config.recorded(mask_settings.from_flags()),
        },
        "albert_tf": albert_tf.__version__,
    }
