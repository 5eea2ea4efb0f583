"""Exports a trained model with its tokenizer, as flags say."""

import contextlib
import json
import os

import keras
import tensorflow as tf
from absl import flags
from absl import logging

import albert_tf
from albert_tf import models
from albert_tf.compression import weight_bfloat16
from albert_tf.compression import weight_int8
from albert_tf.export import export_flags
from albert_tf.export import fingerprints
from albert_tf.export import formats
from albert_tf.export import gate
from albert_tf.export import huggingface
from albert_tf.export import samples
from albert_tf.export import savedmodel
from albert_tf.export import tfhub
from albert_tf.finetuning import task_kinds
from albert_tf.interop import loading
from albert_tf.io import new_folder
from albert_tf.runs import run_checkpoint
from albert_tf.workflows import new_output
from albert_tf.workflows.exporting import card as export_card
from albert_tf.workflows.exporting import sample as export_sample
from data_pipeline.answers import kinds as answer_kinds
from data_pipeline.answers import preprocessor
from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.tasks import kinds
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import huggingface_files

_FLAGS = flags.FLAGS

# The model that is saved of a model, and how.
_SAVED_MODELS = {
    "savedmodel": lambda model: (model, {}),
    "savedmodel_int8": lambda model: (
        model,
        {"int8": weight_int8.Int8Weights(model)},
    ),
    "savedmodel_bfloat16": lambda model: (
        weight_bfloat16.model_of(model),
        {"constant": True},
    ),
}

# Formats that answer, with the heads that a model of no task answers by.
_ANSWERED_BY = {
    **dict.fromkeys((*_SAVED_MODELS, "litert", "onnx"), ("masked_lm",)),
    "tfhub": ("pooler",),
}


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    export_flags.check()
    with new_output.hold(_FLAGS.output, "--output", "exporting"):
        trained = _trained()
        with new_folder.create(_FLAGS.output) as folder:
            _write(trained, folder)
    logging.info("Exported %s to %s.", trained.checkpoint, _FLAGS.output)


def _trained() -> export_card.Trained:
    path = run_checkpoint.find(_FLAGS.checkpoint, _FLAGS.which)
    folder = saved_tasks.folder_of(path)
    if saved_tasks.read(folder).tasks:
        remembered_flags.take(folder, ())
    name = _task_name(saved_tasks.read(folder))
    model = albert_tf.load(
        path, head=task_kinds.CLASSIFIERS.get(_FLAGS.task_type), task=name
    )
    _check_heads(model)
    saved = saved_tasks.of_model(path, model.task_info)
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    if tokenizer.vocab_size != model.config.vocab_size:
        raise ValueError(
            "The tokenizer must have the pieces that the model was trained "
            f"with. Received: {tokenizer.vocab_size} pieces for a model with "
            f"vocab_size={model.config.vocab_size}."
        )
    longest = model.config.max_position_embeddings
    length = _FLAGS.max_seq_length or saved.max_seq_length or longest
    if length > longest:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and {longest} of them."
        )
    if model.task_info.kind is None:
        row = {"kind": answer_kinds.PRETRAINING}
        return export_card.Trained(path, model, tokenizer, "", row, length)
    task = _task(name, model.task_info.kind)
    row = _row(task, saved)
    return export_card.Trained(
        path, model, tokenizer, name or task.name, row, length
    )


def _task_name(saved: known_tasks.KnownTasks) -> str | None:
    """The task to export; None if the model has no task.json."""
    names = list(saved.tasks)
    asked = _FLAGS.task_name or []
    if len(asked) == 1 and (asked[0] in names or not names):
        return asked[0] if names else None
    if not asked and len(names) < 2:
        return names[0] if names else None
    raise ValueError(
        "An export answers one task; --task_name must say which. Received: "
        f"{','.join(asked) or 'none'}, and a model of "
        f"{', '.join(names) or 'no task'}."
    )


def _task(name: str | None, kind: str) -> table.Task:
    """The task that is answered: of --task_name, else of task.json."""
    if _FLAGS.task_name:
        return task_settings.tasks(kind)[0]
    if name in table.TASKS:
        return table.TASKS[name]
    return kinds.custom_task(_FLAGS.task_type or kind, unanswerable=True)


def _row(task: table.Task, saved: known_tasks.KnownTasks) -> dict:
    """What task.json says of the task, and in its place what flags say."""
    row = saved.of(task)
    num_texts = row.get("num_texts", 1)
    if task.name != table.CUSTOM and task.kind != "span":
        num_texts = max(num_texts, len(task.columns))
    return {
        **saved_tasks.row(
            task,
            saved.labels(task, _FLAGS.labels),
            saved.scheme(task, _FLAGS.labels),
            max(num_texts, 1 + _FLAGS.text_pairs),
        ),
        "null_score_threshold": row.get("null_score_threshold"),
    }


def _check_heads(model: keras.Model) -> None:
    """Raises ValueError for formats that would answer by random weights."""
    if _FLAGS.allow_partial_init:
        model.untrained_heads = ()
    if model.task_info.kind:
        return
    for name in _FLAGS.formats:
        untrained = set(_ANSWERED_BY.get(name, ())) & {*model.untrained_heads}
        if untrained:
            raise ValueError(
                "An export must answer by trained weights. Received: "
                f"--formats={name}, and {_FLAGS.checkpoint} without a "
                f"{', '.join(untrained)}. Leave that format out, train the "
                "model for a task, or take random weights with "
                "--allow_partial_init."
            )


def _write(trained: export_card.Trained, folder: str) -> None:
    model, tokenizer = trained.model, trained.tokenizer
    sample = _sample(trained)
    tasks = answer_kinds.make(
        trained.row,
        tokenizer,
        max_seq_length=trained.max_seq_length,
        **task_settings.answer_options(),
    )
    signatures, written = {}, []
    for name, numbers in _SAVED_MODELS.items():
        if name not in _FLAGS.formats:
            continue
        place = folder
        if name != "savedmodel":
            place = os.path.join(folder, name)
        saved, options = numbers(model)
        with _leaving_early(saved, trained):
            found = savedmodel.save(
                saved, tasks, tokenizer.pieces, place, **options
            )
        if name == "savedmodel":
            signatures = found
        written.append(formats.Written(name, place, savedmodel.runner(place)))
    if "onnx" in _FLAGS.formats:
        written += formats.write_onnx(model, folder)
    if "litert" in _FLAGS.formats:
        written += formats.write_litert(
            model,
            folder,
            _FLAGS.litert_quantizations,
            max_seq_length=sample.max_seq_length,
            fixed_length=_FLAGS.litert_fixed_length,
            num_choices=sample.num_choices,
            samples=sample.calibration,
        )
    results = [sample.compare(form) for form in written]
    if results:
        print(gate.table(results))
        gate.check(results, _FLAGS.max_metric_drop)
    if "huggingface" in _FLAGS.formats:
        _write_huggingface(trained, os.path.join(folder, "huggingface"))
    if "tfhub" in _FLAGS.formats:
        place = os.path.join(folder, "tfhub")
        tfhub.save(model.encoder, os.path.join(place, "encoder"))
        preprocessor.save(tokenizer, os.path.join(place, "preprocessor"))
    _describe(trained, folder, signatures, results, sample.data)
    text = export_card.text(trained, folder, written, results, sample)
    files.write(os.path.join(folder, "README.md"), text.encode())


@contextlib.contextmanager
def _leaving_early(model: keras.Model, trained: export_card.Trained):
    """Of a SavedModel only: others have no loop that ends early.

    Raises:
        ValueError: the model has no classifier at every depth.
    """
    if _FLAGS.exit_patience is None:
        yield
        return
    task = trained.task or trained.row["kind"]
    threshold = _FLAGS.exit_threshold
    models.leave_early(model, _FLAGS.exit_patience, threshold, task)
    yield
    models.leave_early(model, None, threshold, task)


def _write_huggingface(trained: export_card.Trained, folder: str) -> None:
    huggingface.write(
        trained.checkpoint,
        folder,
        kind=trained.row["kind"],
        tokenizer_files=huggingface_files.files(
            trained.tokenizer, trained.max_seq_length
        ),
        labels=trained.row.get("labels", ()),
        task=trained.task or None,
    )


def _describe(trained, folder, signatures, results, data) -> None:
    """What lies beside the weights."""
    model, tokenizer = trained.model, trained.tokenizer
    model.config.to_json(os.path.join(folder, loading.CONFIG_FILE))
    tokenizer.save(folder)
    if trained.task:
        saved_tasks.write(
            folder,
            {trained.task: trained.row},
            trained.max_seq_length,
            tokenizer,
        )
    if model.untrained_heads:
        logging.info(
            "The checkpoint has no weights for %s, so their outputs are left "
            "out of the export.",
            ", ".join(model.untrained_heads),
        )
    description = {
        "task": trained.task,
        **trained.row,
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


def _sample(trained: export_card.Trained):
    """What to try other forms of the model on.

    Raises:
        ValueError: there are no labels for a form that changes numbers.
    """
    model, row = trained.model, trained.row
    if row["kind"] == answer_kinds.PRETRAINING and _FLAGS.eval_input_file:
        return export_sample.of_records(model)
    if _FLAGS.data_dir or _FLAGS.eval_file or _FLAGS.tfds:
        return export_sample.of_task(
            model,
            _task(trained.task, row["kind"]),
            row,
            trained.tokenizer,
            trained.max_seq_length,
        )
    rounded = _SAVED_MODELS.keys() - {"savedmodel"}
    changed = [name for name in _FLAGS.formats if name in rounded]
    if "litert" in _FLAGS.formats:
        changed += [q for q in _FLAGS.litert_quantizations if q != "float32"]
    if changed:
        raise ValueError(
            "Forms whose numbers change must be tried on labeled examples. "
            f"Received: {', '.join(changed)}, and no data. Give --data_dir or "
            "--eval_file, of a pretrained model --eval_input_file; or leave "
            "them out, LiteRT's with --litert_quantizations=float32."
        )
    return samples.Random(model, trained.max_seq_length)
