"""What an export's forms are compared on, as flags say."""

import keras
from absl import flags

from albert_tf.export import samples
from albert_tf.workflows.pretraining import record as pretraining_record
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import labelled_sample
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def of_records(model: keras.Model) -> samples.Masked:
    """The records of --eval_input_file, for a pretrained model."""
    record_set = record_sets.open_records(_FLAGS.eval_input_file, None)
    count = len(record_set.files)
    part = pretraining_record.described_part(
        record_set,
        _FLAGS.eval_input_file,
        min(_FLAGS.gate_examples, count),
    )
    return samples.Masked(
        model,
        lambda: _masked_batches(record_set),
        record_set.manifest.settings["max_seq_length"],
        {**part, "of": count},
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


def _masked_batches(record_set):
    spec = None
    if record_set.mask_slots is None:
        spec = mask_spec.from_config(
            mask_config.MaskConfig(), record_set.tokenizer
        )
    batches, _ = batching.evaluation_batches(
        record_set,
        spec,
        batch_size=1,
        seed=0,
        max_batches=_FLAGS.gate_examples,
    )
    return batches.as_numpy_iterator()
