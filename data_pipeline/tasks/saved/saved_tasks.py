"""What a fine-tuned model is for: task.json and the tokenizer beside it."""

import dataclasses
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from absl import logging

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.pieces import tokenizer_settings

FILE_NAME = "task.json"
# What a vocabulary is called beside released models.
_VOCABULARIES = (
    "30k-clean.model",
    "spiece.model",
    "vocab.txt",
    "vocab_chinese.txt",
)


def read(folder: str) -> known_tasks.KnownTasks:
    """Reads task.json of a folder.

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
            f"Received: {type(error).__name__}: {error}. Copy it again from "
            "the run."
        ) from None


class ModelsOwn(Protocol):
    """What a model and its own files say of its task (albert_tf's TaskInfo)."""

    @property
    def kind(self) -> str | None:
        """The kind of task."""

    @property
    def is_stated(self) -> bool:
        """Whether a file states the kind."""

    @property
    def labels(self) -> Sequence[str]:
        """The names of the classes; () if no file has them."""

    @property
    def num_classes(self) -> int:
        """The number of classes; 0 for a head without classes."""


def of_model(path: str, own: ModelsOwn) -> known_tasks.KnownTasks:
    """What files say of a model's tasks: task.json, else the model's own.

    Args:
        path: the model's folder, or a file in it.
        own: what is known of the model itself.
    Raises:
        ValueError: task.json is damaged.
    """
    saved = read(folder_of(path))
    if not saved.tasks and own.num_classes:
        row = {
            "kind": own.kind if own.is_stated else None,
            "labels": list(own.labels),
            "num_texts": 1,
            "scheme": label_schemes.scheme_of(own.labels),
            "null_score_threshold": None,
        }
        saved = known_tasks.KnownTasks({table.CUSTOM: row})
    if len(saved.tasks) > 1:
        return saved
    return dataclasses.replace(saved, num_classes=own.num_classes)


def folder_of(path: str) -> str:
    """The folder that a checkpoint's path means."""
    return path if files.is_folder(path) else os.path.dirname(path)


def _row(values: dict) -> dict:
    """A task in task.json, checked; a converted model's says less."""
    labels = _labels(values["labels"])
    threshold = values.get("null_score_threshold")
    return {
        "kind": str(values["kind"]),
        "labels": labels,
        "num_texts": int(values.get("num_texts", 1)),
        "scheme": str(values.get("scheme") or label_schemes.scheme_of(labels)),
        "null_score_threshold": None if threshold is None else float(threshold),
    }


def _labels(labels: list) -> list[str]:
    """Raises ValueError unless they are names, each once."""
    if (
        not isinstance(labels, list)
        or not all(isinstance(label, str) for label in labels)
        or len(set(labels)) < len(labels)
    ):
        raise ValueError(f"labels must be different names, not {labels}")
    return labels


def row(
    task: table.Task,
    labels: Sequence[str] = (),
    scheme: str = "none",
    num_texts: int = 1,
) -> dict:
    """What task.json says of a task."""
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
    tokenizer: tokenizer_lib.Tokenizer,
    flags: Mapping[str, Any] | None = None,
) -> None:
    """Writes task.json and the tokenizer.

    Args:
        tasks: rows, by name.
        flags: those of the run, of `remembered.given`; None: not known.
    """
    tokenizer.save(folder)
    content = {"tasks": dict(tasks), "max_seq_length": max_seq_length}
    _write(folder, content if flags is None else {**content, "flags": flags})


def write_threshold(folder: str, task: table.Task, threshold: float) -> None:
    """Keeps the null score above which a question has no answer, if the folder
    has a task.json with the task."""
    if not files.exists(os.path.join(folder, FILE_NAME)):
        return
    content = json_file.read_object(os.path.join(folder, FILE_NAME))
    if task.name in content["tasks"]:
        content["tasks"][task.name]["null_score_threshold"] = threshold
        _write(folder, content)


def tokenizer(
    vocabulary: str | None, folder: str | None, lower_case: bool | None = None
) -> tokenizer_lib.Tokenizer:
    """That of --spm_model_file, or the one beside a checkpoint.

    Args:
        lower_case: of --do_lower_case; None: what lies beside the vocabulary
            says, or true.

    Raises:
        ValueError: there is neither.
    """
    if vocabulary:
        return tokenizer_lib.load(vocabulary, lower_case=lower_case)
    if folder:
        # Runs keep it in the folder above best/ and beside checkpoints, and
        # transformers 5 saves nothing else.
        if files.exists(os.path.join(folder, tokenizer_settings.FILE_NAME)):
            return tokenizer_lib.load(folder, lower_case=lower_case)
        for name in _VOCABULARIES:
            path = os.path.join(folder, name)
            if files.exists(path):
                return tokenizer_lib.load(path, lower_case=lower_case)
    raise ValueError(
        "The model's vocabulary must be known. Received: no --spm_model_file, "
        f"and none beside {folder or 'a checkpoint'}. Name it."
    )


def resumed(
    tokenizer: tokenizer_lib.Tokenizer, folder: str
) -> tokenizer_lib.Tokenizer:
    """The tokenizer that a run in `folder` was started with, if it has the same
    vocabulary, or the given one: how the files beside a vocabulary are
    understood may have changed since."""
    path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    if tokenizer_settings.read(path) is None:
        return tokenizer
    started = tokenizer_lib.load(folder)
    if started.vocabulary != tokenizer.vocabulary:
        return tokenizer
    if started.fingerprint != tokenizer.fingerprint:
        logging.warning(
            "%s goes on with the tokenizer that it was started with: %s, not "
            "%s.",
            folder,
            started.settings,
            tokenizer.settings,
        )
    return started


def _write(folder: str, content: dict) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    files.write(os.path.join(folder, FILE_NAME), text.encode())
