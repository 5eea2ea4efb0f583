"""The tasks of a fine-tuned model, in task.json, and its tokenizer."""

import dataclasses
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.text import released_vocabularies
from data_pipeline.text import tokenizers
from data_pipeline.text.huggingface import sentence_modules
from data_pipeline.text.pieces import tokenizer_settings

FILE_NAME = "task.json"
# The entries that only some models have.
_OTHERS = (
    "embedding",
    "generation",
    "tag_head",
    "transitions",
    "window_pooling",
    calibrations.KEY,
)


def read(folder: str) -> known_tasks.KnownTasks:
    """Reads the task.json of a folder; without one, no task is known.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE_NAME)
    if not files.exists(path):
        return known_tasks.KnownTasks({})
    content = json_file.read_object(path)
    if "class_name" in content and "tasks" not in content:
        return known_tasks.KnownTasks({})  # keras-hub's file of that name
    try:
        tasks = {str(n): _row(row) for n, row in content["tasks"].items()}
        length = content["max_seq_length"]
        return known_tasks.KnownTasks(
            tasks, None if length is None else int(length)
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} must be the file that was written beside the model. "
            f"Received: {type(error).__name__}: {error}. Copy it from the run "
            "again."
        ) from None


class ModelsOwn(Protocol):
    """A model's task according to its own files, as albert_tf's TaskInfo."""

    @property
    def kind(self) -> str | None:
        """The kind of task."""

    @property
    def is_stated(self) -> bool:
        """Whether a file states the kind."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of the classes; () if no file names them."""

    @property
    def num_classes(self) -> int:
        """The number of classes; 0 for a head without classes."""

    @property
    def others(self) -> Mapping[str, Any]:
        """The other entries that task.json would have, such as `embedding`."""

    @property
    def max_seq_length(self) -> int | None:
        """The length of the longest rows, in tokens; None if not known."""


def of_model(path: str, own: ModelsOwn) -> known_tasks.KnownTasks:
    """A model's tasks, from task.json or else from the model's own files.

    Args:
        path: the model's folder, or a file in it.
        own: the task according to the model's own files.
    Raises:
        ValueError: task.json is damaged.
    """
    saved = read(folder_of(path))
    if not saved.tasks and (own.num_classes or own.others):
        row = {
            "kind": own.kind if own.is_stated else None,
            "labels": list(own.labels),
            "num_texts": 1,
            "scheme": label_schemes.scheme_of(own.labels),
            "null_score_threshold": None,
            **own.others,
        }
        saved = known_tasks.KnownTasks({table.CUSTOM: row}, own.max_seq_length)
    if len(saved.tasks) > 1:
        return saved
    return dataclasses.replace(saved, num_classes=own.num_classes)


def folder_of(path: str) -> str:
    """The folder of a checkpoint: the path itself, or the file's folder."""
    return path if files.is_folder(path) else os.path.dirname(path)


def _row(values: dict) -> dict:
    """Checks a task's entry in task.json. That of a converted model has fewer
    keys."""
    labels = _labels(values["labels"])
    if calibrations.KEY in values:
        calibrations.of_row(values)  # which raises errors
    threshold = values.get("null_score_threshold")
    return {
        "kind": str(values["kind"]),
        "labels": labels,
        "num_texts": int(values.get("num_texts", 1)),
        "scheme": str(values.get("scheme") or label_schemes.scheme_of(labels)),
        "null_score_threshold": None if threshold is None else float(threshold),
        **others(values),
        **_transitions(values, len(labels)),
    }


def others(row: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a row that only some models have."""
    return {name: row[name] for name in _OTHERS if name in row}


def _transitions(values: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The scores of transitions between a tagger's labels, if there are any;
    raises ValueError if their number is not that of the labels."""
    if "transitions" not in values:
        return {}
    found = np.asarray(values["transitions"], np.float32)
    if found.shape != (count + 1, count + 1):
        raise ValueError(
            f"transitions must be {count + 1} rows of {count + 1} numbers"
        )
    return {"transitions": found.tolist()}


def _labels(labels: list) -> list[str]:
    """The labels, if they are distinct strings; raises ValueError if not."""
    if (
        not isinstance(labels, list)
        or not all(isinstance(label, str) for label in labels)
        or len(set(labels)) < len(labels)
    ):
        raise ValueError(f"labels must be distinct strings, not {labels!r:.60}")
    return labels


def row(
    task: table.Task,
    labels: Sequence[str] = (),
    scheme: str = "none",
    num_texts: int = 1,
) -> dict:
    """A task's entry in task.json."""
    return {
        "kind": task.kind,
        "labels": list(labels),
        "num_texts": num_texts,
        "scheme": scheme,
        "null_score_threshold": None,
    }


def write(
    folder: str,
    tasks: Mapping[str, dict],
    max_seq_length: int,
    tokenizer: tokenizers.Tokenizer,
    flags: Mapping[str, Any] | None = None,
) -> None:
    """Writes task.json and the tokenizer.

    Args:
        folder: the folder to write to.
        tasks: entries of `row`, by the tasks' names.
        max_seq_length: the maximum row length in training.
        tokenizer: the model's tokenizer.
        flags: the run's settings, from `remembered.given`; None if not known.
    """
    tokenizer.save(folder)
    write_tasks(folder, tasks, max_seq_length, flags)


def write_tasks(
    folder: str,
    tasks: Mapping[str, dict],
    max_seq_length: int,
    flags: Mapping[str, Any] | None = None,
) -> None:
    """Writes task.json alone; the arguments are those of `write`."""
    content = {"tasks": dict(tasks), "max_seq_length": max_seq_length}
    _write(folder, content if flags is None else {**content, "flags": flags})


def write_threshold(folder: str, task: table.Task, threshold: float) -> None:
    """Writes a task's null score threshold into the task.json of a folder, if
    it has one with this task."""
    if files.exists(os.path.join(folder, FILE_NAME)):
        _write_entry(folder, task.name, "null_score_threshold", threshold)


def write_calibration(
    folder: str, task: str, calibration: calibrations.Calibration
) -> None:
    """Writes a task's calibration into the task.json of a folder, which has one
    with this task."""
    _write_entry(folder, task, calibrations.KEY, calibration.as_json())


def _write_entry(folder: str, task: str, key: str, value: Any) -> None:
    content = json_file.read_object(os.path.join(folder, FILE_NAME))
    if task in content["tasks"]:
        content["tasks"][task][key] = value
        _write(folder, content)


def tokenizer(
    vocabulary: str | None, folder: str | None, lower_case: bool | None = None
) -> tokenizers.Tokenizer:
    """The tokenizer of --spm_model_file, or the one beside a checkpoint.

    Args:
        vocabulary: the value of --spm_model_file.
        folder: the checkpoint's folder.
        lower_case: the value of --do_lower_case; None: the files beside the
            vocabulary decide, or else true.
    Raises:
        ValueError: there is neither.
    """
    if vocabulary:
        return tokenizers.load(vocabulary, lower_case=lower_case)
    if folder:
        folder = sentence_modules.tokenizer_folder(folder)
        # Our runs write this file, and transformers 5 writes no other.
        if files.exists(os.path.join(folder, tokenizer_settings.FILE_NAME)):
            return tokenizers.load(folder, lower_case=lower_case)
        path = released_vocabularies.find(folder)
        if path is not None:
            return tokenizers.load(path, lower_case=lower_case)
    raise ValueError(
        "The model must have a vocabulary. Received: no --spm_model_file, and "
        f"none beside {folder or 'a checkpoint'}. Name its file with "
        "--spm_model_file."
    )


def resumed(
    tokenizer: tokenizers.Tokenizer, folder: str
) -> tokenizers.Tokenizer:
    """The tokenizer to resume a run with: the one that the run in `folder`
    started with, if it has the same vocabulary, and otherwise the given one.

    The settings inferred from the files beside a vocabulary may have changed
    since the run started.
    """
    path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    if tokenizer_settings.read(path) is None:
        return tokenizer
    started = tokenizers.load(folder)
    if started.vocabulary != tokenizer.vocabulary:
        return tokenizer
    if started.fingerprint != tokenizer.fingerprint:
        logging.warning(
            "%s resumes with the tokenizer that it started with: %s, not %s.",
            folder,
            started.settings,
            tokenizer.settings,
        )
    return started


def _write(folder: str, content: dict) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    files.write(os.path.join(folder, FILE_NAME), text.encode())
