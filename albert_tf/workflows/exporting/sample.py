"""The sample on which the forms of an export are compared with the model."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from albert_tf.exporting import samples
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import forms
from albert_tf.workflows.exporting import trained as trained_lib
from albert_tf.workflows.pretraining import record as pretraining_record
from data_pipeline.answers import answer_modules
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import labelled_sample
from data_pipeline.text import tokenizers


def make(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
) -> samples.Sample:
    """Chooses the examples that the forms of a model are compared on.

    Raises:
        ValueError: a form rounds weights, and there are no labeled examples.
    """
    model, row = trained.model, trained.row
    if row["kind"] == answer_modules.PRETRAINING and config.eval_input_file:
        return _of_records(config, model)
    if config.data_dir or config.eval_file or config.tfds:
        return _of_task(
            config,
            model,
            trained_lib.task_of(config, trained.task, row["kind"]),
            row,
            trained.tokenizer,
            trained.max_seq_length,
        )
    rounded = forms.SAVED_MODELS.keys() - {"savedmodel"}
    changed = [name for name in config.formats if name in rounded]
    for name, quantizations in config.quantizations.items():
        changed += [f"{name}/{q}" for q in quantizations if q != "float32"]
    if changed:
        raise ValueError(
            "Exported forms that round weights must be tested on labeled "
            f"examples. Received: {', '.join(changed)}, and no data. Give "
            "--data_dir or --eval_file, or --eval_input_file for a pretrained "
            "model. Or leave these forms out; --litert_quantizations, "
            "--onnx_quantizations and --openvino_quantizations say which are "
            "written."
        )
    return samples.Random(model, trained.max_seq_length)


def _of_records(
    config: export_config.ExportConfig, model: keras.Model
) -> samples.Masked:
    """A sample from the records of --eval_input_file, for a pretrained
    model."""
    assert config.eval_input_file is not None
    record_set = record_sets.open_records(config.eval_input_file, None)
    count = len(record_set.files)
    part = pretraining_record.described_part(
        record_set,
        config.eval_input_file,
        min(config.gate_examples, count),
    )
    return samples.Masked(
        model,
        lambda: _masked_batches(config, record_set),
        record_set.manifest.settings["max_seq_length"],
        {**part, "of": count},
    )


def _of_task(
    config: export_config.ExportConfig,
    model: keras.Model,
    task: table.Task,
    row: dict[str, Any],
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
) -> samples.Labelled:
    """A sample of the labeled rows in --data_dir, --eval_file or --tfds.

    Args:
        row: the row of the task in task.json.
    """
    data = from_config.data(
        config, task, tokenizer, max_seq_length, row["labels"]
    )
    data.scheme = row["scheme"]
    data.threshold = row["null_score_threshold"] or 0.0
    data.calibration = calibrations.of_row(row)
    sample = labelled_sample.LabelledSample(data, config.gate_examples)
    return samples.Labelled(model, sample, max_seq_length)


def _masked_batches(
    config: export_config.ExportConfig, record_set: record_sets.RecordSet
) -> Iterator[dict[str, np.ndarray]]:
    spec = None
    # Google's records contain masks, and no tokenizer is known for them.
    if record_set.mask_slots is None and record_set.tokenizer is not None:
        spec = mask_spec.from_config(
            mask_config.MaskConfig(), record_set.tokenizer
        )
    batches, _ = batching.evaluation_batches(
        record_set,
        spec,
        batch_size=1,
        seed=0,
        max_batches=config.gate_examples,
    )
    return batches.as_numpy_iterator()
