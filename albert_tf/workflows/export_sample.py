"""What an export's forms are compared on, as flags say."""

import dataclasses
import hashlib
import json
import os

import keras
from absl import flags

from albert_tf.export import samples
from data_pipeline.pretraining import input as pretraining_input
from data_pipeline.pretraining import mask_settings
from data_pipeline.pretraining import record_sets
from data_pipeline.tasks import labelled_sample
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def of_records(model: keras.Model) -> samples.Masked:
    """The records of --eval_input_file, for a pretrained model."""
    record_set = record_sets.open_records(_FLAGS.eval_input_file, None)
    return samples.Masked(
        model,
        lambda: _masked_batches(record_set),
        record_set.manifest.settings["max_seq_length"],
        _described(record_set),
    )


def of_task(
    model: keras.Model,
    task: table.Task,
    row: dict,
    tokenizer: tokenizer_lib.Tokenizer,
    max_seq_length: int,
) -> samples.Labelled:
    """The labeled rows of --data_dir, --eval_file or --tfds.

    Args:
        row: what task.json says of the task.
    """
    data = task_settings.data(task, tokenizer, max_seq_length, row["labels"])
    data.scheme = row["scheme"]
    data.threshold = row["null_score_threshold"] or 0.0
    sample = labelled_sample.LabelledSample(data, _FLAGS.gate_examples)
    return samples.Labelled(model, sample, max_seq_length)


def _described(record_set) -> dict:
    """Which records the gate compares on."""
    shards = json.dumps(record_set.manifest.shards, sort_keys=True)
    count = len(record_set.files)
    return {
        "file": os.path.basename(_FLAGS.eval_input_file),
        "part": "records",
        "sha256": hashlib.sha256(shards.encode()).hexdigest(),
        "rows": min(_FLAGS.gate_examples, count),
        "of": count,
    }


def _masked_batches(record_set):
    spec = None
    if record_set.mask_slots is None:
        spec = pretraining_input.mask_spec(
            record_set.tokenizer,
            **dataclasses.asdict(mask_settings.MaskSettings()),
        )
    batches, _ = pretraining_input.evaluation_batches(
        record_set,
        spec,
        batch_size=1,
        seed=0,
        max_batches=_FLAGS.gate_examples,
    )
    return batches.as_numpy_iterator()
