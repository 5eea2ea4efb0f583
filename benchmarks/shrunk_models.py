r"""Measures the size, speed and score of smaller forms of a fine-tuned model.

    python -m benchmarks.shrunk_models --checkpoint=run/best \
        --task_name=sst-2 --data_dir=glue --output=shrunk_models.md \
        --pruned=pruned/best --student=student/best \
        --early_exit=exits/best --exit_patience=2 \
        --quantization_aware=aware/best

Writes each form to a folder of its own, runs it on the task's held-out
examples, prints JSON lines and writes a Markdown table:

    bytes               on disk: of a SavedModel all of it, with the tokenizer
                        and five signatures; of LiteRT and ONNX a model of ids
    milliseconds        median of one text, at its own length (LiteRT int8: of
                        the longest)
    texts_per_second    in batches of --batch_size, padded to --length_buckets;
                        LiteRT, whose files are for one row, one by one
    the task's metric   of the latter

All cores are used. Leave the machine alone while it runs.
"""

import dataclasses
import json
import os
import platform
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator

import albert_tf  # before tensorflow

# isort: split
import keras
import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf import task_models
from albert_tf.compression import weight_int8
from albert_tf.early_exit import model as early_exit
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import litert
from albert_tf.exporting import onnx
from albert_tf.exporting import savedmodel
from albert_tf.interop import loading
from data_pipeline import config as config_lib
from data_pipeline.answers import answer_modules
from data_pipeline.commands import command_line
from data_pipeline.commands import config_flags
from data_pipeline.config import setting
from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.saved import saved_tasks

# Rows by which the ranges of full int8 are found.
_CALIBRATION_ROWS = 200
_OTHERS = ("pruned", "student", "early_exit", "quantization_aware")


def _other(what: str):
    return setting(
        None, f"{what} If left out, not in the table.", section="Models"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Config(task_config.TaskConfig):
    """The models to compare, and the data to compare them on."""

    checkpoint: str | None = setting(
        None,
        "Model to compare: anything that albert_tf.load reads.",
        section="Models",
        is_required=True,
    )
    pruned: str | None = _other("A pruned and then fine-tuned model.")
    student: str | None = _other("A distilled model.")
    early_exit: str | None = _other("A model trained with --early_exit.")
    exit_patience: int | None = setting(
        None,
        "Number of agreeing classifiers in a row after which a text exits, for "
        "the model of --early_exit.",
        section="Models",
        minimum=1,
    )
    quantization_aware: str | None = _other("A quantization-aware model.")
    task_name: tuple[str, ...] | None = config_lib.changed(
        task_config.TaskConfig, "task_name", is_required=True
    )
    batch_size: int = setting(
        32, "Texts per batch.", section="Speed", minimum=1
    )
    timed_texts: int = setting(
        200, "Texts to time, one at a time.", section="Speed", minimum=1
    )
    output: str | None = setting(
        None, "Markdown file to write.", section="Speed", is_required=True
    )


def main(argv: list[str]) -> None:
    config = config_flags.read(_Config, argv)
    outputs.refuse_to_overwrite(config.output)
    tasks = from_config.tasks(config)
    if len(tasks) > 1:
        raise ValueError(
            "--task_name must name one task. Received: "
            f"--task_name={','.join(config.task_name)}."
        )
    if bool(config.early_exit) != bool(config.exit_patience):
        raise ValueError(
            "--early_exit and --exit_patience must be given together. "
            f"Received: {config.early_exit!r} and {config.exit_patience!r}."
        )
    for name in _OTHERS:  # before minutes have passed
        if getattr(config, name):
            loading.open_source(getattr(config, name), task=tasks[0].name)
    model = _load(config.checkpoint, tasks[0])
    saved = saved_tasks.of_model(config.checkpoint, model.task_info)
    data, row = from_config.trained_data(
        config,
        tasks[0],
        config.checkpoint,
        saved,
        model.config.max_position_embeddings,
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for form in _forms(config, model, data, row, folder):
            found = {
                "form": form.name,
                "bytes": formats.size(form.path),
                **_measure(config, form, data),
            }
            rows.append(found)
            print(json.dumps(found), flush=True)
    files.write(config.output, _table(rows, data.metric).encode())
    print(f"Written: {config.output}")


def _load(path: str, task) -> keras.Model:
    return albert_tf.load(
        path, head=kinds.shared_head(task.kind), task=task.name
    )


def _forms(
    config: _Config, model, data, row, folder
) -> Iterator[formats.Written]:
    """One after the other, so that only one is in memory."""
    task = data.task

    def saved(name, model, int8=None):
        path = os.path.join(folder, name.replace(" ", "_"))
        tasks = answer_modules.make(
            row,
            data.tokenizer,
            max_seq_length=max(data.lengths),
            **from_config.answer_options(config),
        )
        savedmodel.save(model, tasks, data.tokenizer.pieces, path, int8)
        return formats.Written(name, path, savedmodel.runner(path))

    def lite(name, model, quantization):
        path = os.path.join(folder, name.replace(" ", "_") + ".tflite")
        fixed = max(data.lengths) if quantization == "int8" else None
        content = litert.convert(
            model,
            quantization,
            max_seq_length=fixed,
            num_choices=_num_choices(model, data),
            samples=_calibration(data, fixed) if fixed else (),
        )
        files.write(path, content)
        runner = litert.runner(path, num_threads=os.cpu_count())
        return formats.Written(name, path, runner, fixed)

    yield saved("SavedModel float32", model)
    int8 = weight_int8.Int8Weights(model)
    yield saved("SavedModel int8 weights", model, int8)
    for quantization in litert.QUANTIZATIONS:
        yield lite(f"LiteRT {quantization}", model, quantization)
    path = os.path.join(folder, "model.onnx")
    files.write(path, onnx.convert(model))
    threads = os.cpu_count()
    yield formats.Written("ONNX float32", path, onnx.runner(path, threads))
    if config.quantization_aware:
        aware = _load(config.quantization_aware, task)
        yield saved("quantization-aware SavedModel float32", aware)
        yield lite("quantization-aware LiteRT int8", aware, "int8")
    for name in ("pruned", "student"):
        if getattr(config, name):
            other = _load(getattr(config, name), task)
            yield saved(f"{name} SavedModel float32", other)
            yield lite(f"{name} LiteRT dynamic_int8", other, "dynamic_int8")
    if config.early_exit:
        other = _load(config.early_exit, task)
        early_exit.check_patience(
            config.exit_patience, other.config.num_hidden_layers
        )
        for patience in (other.config.num_hidden_layers, config.exit_patience):
            other.exit_patience = patience
            yield saved(f"early exit, patience {patience}", other)


def _num_choices(model, data) -> int | None:
    if not isinstance(model, task_models.AlbertMultipleChoice):
        return None
    batch = next(_batches(data.get("train"), [[0]], max(data.lengths)))
    return batch["token_ids"].shape[1]


def _calibration(data, length: int) -> Iterator[dict[str, np.ndarray]]:
    """Training examples: those that are scored must not decide."""
    encoded = data.get("train")
    rows = min(_CALIBRATION_ROWS, len(encoded.features.lengths))
    return _batches(encoded, np.arange(rows)[:, None], length)


def _batches(encoded, items, length) -> Iterator[dict[str, np.ndarray]]:
    return input_pipeline.batches(
        encoded.features, items, length
    ).as_numpy_iterator()


def _measure(config: _Config, form, data) -> dict[str, float]:
    encoded = data.get(data.evaluation_splits[0])
    lengths = encoded.features.lengths
    seconds = []

    def timed(batch):
        start = time.perf_counter()
        outputs = form.runner(batch)
        seconds.append(time.perf_counter() - start)
        return outputs

    def batches(lengths, buckets, batch_size):
        """Of the first len(lengths) texts; each shape is run once before."""
        plan = evaluation_plan.in_order(lengths, buckets, batch_size)
        for length, items in plan:
            form.runner(next(_batches(encoded, items[:1], length)))
            yield from _batches(encoded, items, length)

    fixed = form.fixed and (form.fixed,)
    first = lengths[: config.timed_texts]
    own = tuple(np.unique(first).tolist())
    for batch in batches(first, fixed or own, 1):
        timed(batch)
    milliseconds = 1e3 * statistics.median(seconds)
    seconds.clear()
    is_lite = form.path.endswith(".tflite")
    outputs = gate.predict(
        timed,
        batches(
            lengths, fixed or data.lengths, 1 if is_lite else config.batch_size
        ),
    )
    metrics = data.score(
        encoded, data.predictions(encoded, outputs), data.threshold
    )
    return {
        "milliseconds": milliseconds,
        "texts_per_second": len(lengths) / sum(seconds),
        data.metric: metrics[data.metric],
    }


def _table(rows: list[dict], metric: str) -> str:
    command = shlex.join(
        ["python", "-m", "benchmarks.shrunk_models", *sys.argv[1:]]
    )
    lines = [
        f"`{command}`, {platform.machine()}, {os.cpu_count()} cores, "
        f"TensorFlow {tf.__version__}:",
        "",
        f"| form | MB on disk | ms, 1 text | texts/s | {metric} |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['form']} | {row['bytes'] / 1e6:.2f} "
        f"| {row['milliseconds']:.2f} | {row['texts_per_second']:.0f} "
        f"| {row[metric]:.4f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    config_flags.define(_Config)
    command_line.run(main)
