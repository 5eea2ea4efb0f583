"""Exports a trained model in one folder, with its tokenizer inside.

    python -m albert_tf.export --checkpoint=run --output=export

A script, like those in the root: it joins albert_tf and data_pipeline.
"""

import dataclasses
import json
import os

import keras
from absl import flags
from absl import logging

import albert_tf
from albert_tf import loading
from albert_tf import models
from albert_tf import new_folder
from albert_tf import task_models
from albert_tf.compression import weight_int8
from albert_tf.export import savedmodel
from albert_tf.export import tfhub
from data_pipeline import command_line
from data_pipeline import files
from data_pipeline.answers import kinds
from data_pipeline.answers import preprocessor
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.tasks import task_flags
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS
FORMATS = ("savedmodel", "savedmodel_int8", "tfhub")

# What a model does that has no task.json beside it.
_KINDS = {
    models.AlbertPretrainer: kinds.PRETRAINING,
    task_models.AlbertClassifier: "classification",
    task_models.AlbertTagger: "tagging",
    task_models.AlbertMultipleChoice: "multiple_choice",
    task_models.AlbertSpan: "span",
    task_models.AlbertConditionalSpan: "span",
}


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    trained = _trained()
    with new_folder.create(_FLAGS.output) as folder:
        _write(trained, folder)
    logging.info("Exported %s to %s.", _FLAGS.checkpoint, _FLAGS.output)


@dataclasses.dataclass(frozen=True)
class _Trained:
    """A model and what it is for. row: of saved_tasks.row."""

    model: keras.Model
    tokenizer: tokenizer_lib.Tokenizer
    task: str
    row: dict
    max_seq_length: int


def _trained() -> _Trained:
    path = _FLAGS.checkpoint
    folder = path if files.is_folder(path) else os.path.dirname(path)
    saved = saved_tasks.read(folder)
    task = _task(saved)
    model = albert_tf.load(path, task=task or None)
    tokenizer = saved_tasks.tokenizer(_FLAGS.spm_model_file, folder)
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
            "A row cannot be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and {longest} of them."
        )
    row = saved.tasks[task] if task else _row(model)
    return _Trained(model, tokenizer, task, row, length)


def _task(saved: saved_tasks.Saved) -> str:
    """The task to export; "" where the model has no task.json."""
    names = list(saved.tasks)
    if _FLAGS.task is None and len(names) < 2:
        return "".join(names)
    if _FLAGS.task not in names:
        raise ValueError(
            "An export answers one task; --task says which. Received: "
            f"{_FLAGS.task}, and a model of {', '.join(names) or 'none'}."
        )
    return _FLAGS.task


def _row(model: keras.Model) -> dict:
    """Of a model that nothing is known of but itself."""
    kind = _KINDS[type(model)]
    classes = (
        getattr(model.head, "num_classes", 0) if kind != "pretraining" else 0
    )
    if kind == "classification" and classes == 1:
        kind = "regression"
    labels = _FLAGS.labels or [str(number) for number in range(classes)]
    if kind in ("classification", "tagging") and len(labels) != classes:
        raise ValueError(
            "--labels names the classes in the model's order. Received: "
            f"{len(labels)} for {classes}."
        )
    if kind == kinds.PRETRAINING:
        return {"kind": kind}
    return saved_tasks.row(
        table.custom(kind),
        labels if kind in ("classification", "tagging") else (),
        num_texts=1 + _FLAGS.text_pairs,
    )


def _write(trained: _Trained, folder: str) -> None:
    model, tokenizer = trained.model, trained.tokenizer
    tasks = kinds.make(
        trained.row,
        tokenizer,
        max_seq_length=trained.max_seq_length,
        **{
            name: _FLAGS[name].value
            for name in (
                "max_qa_length",
                "doc_stride",
                "max_query_length",
                "n_best_size",
                "max_answer_length",
            )
        },
    )
    signatures = {}
    if "savedmodel" in _FLAGS.formats:
        signatures = savedmodel.save(model, tasks, tokenizer.pieces, folder)
    if "savedmodel_int8" in _FLAGS.formats:
        savedmodel.save(
            model,
            tasks,
            tokenizer.pieces,
            os.path.join(folder, "savedmodel_int8"),
            weight_int8.Int8Weights(model),
        )
    if "tfhub" in _FLAGS.formats:
        place = os.path.join(folder, "tfhub")
        tfhub.save(model.encoder, os.path.join(place, "encoder"))
        preprocessor.save(tokenizer, os.path.join(place, "preprocessor"))
    model.config.to_json(os.path.join(folder, loading.CONFIG_FILE))
    if trained.task:
        saved_tasks.write(
            folder,
            {trained.task: trained.row},
            trained.max_seq_length,
            tokenizer,
        )
    else:
        tokenizer.save(folder)
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
    }
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    files.write(os.path.join(folder, "config.json"), text.encode())


def _define_flags() -> None:
    flags.DEFINE_string(
        "checkpoint", None, "Anything that albert_tf.load reads, as a run."
    )
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_multi_enum(
        "formats", ["savedmodel"], FORMATS, "What to write."
    )
    flags.DEFINE_string("task", None, "Which, of a run of several tasks.")
    flags.DEFINE_list(
        "labels", None, "The classes in order, where no task.json says them."
    )
    flags.DEFINE_bool(
        "text_pairs", False, "Whether it reads pairs, where none says so."
    )
    flags.mark_flags_as_required(["checkpoint", "output"])


if __name__ == "__main__":
    _define_flags()
    task_flags.define()
    flags.adopt_module_key_flags(task_flags)  # for --help
    command_line.run(main)
