"""A model's task, according to the files beside its weights."""

import dataclasses
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.io import json_file

# Written by albert-tf finetune and by exports.
FILE_NAME = "task.json"
# Name of tasks that are not published ones.
CUSTOM = "custom"

# problem_type of Hugging Face's config.json -> the kind of task.
PROBLEM_TYPES = {
    "single_label_classification": "classification",
    "multi_label_classification": "multilabel",
    "regression": "regression",
}


@dataclasses.dataclass(frozen=True)
class TaskInfo:
    """A model's task; unknown fields keep their defaults.

    Attributes:
        kind: "classification", "multilabel", "regression", "multiple_choice",
            "tagging" or "span"; None if unknown.
        is_stated: whether a file states the kind. Otherwise it is derived from
            the head, which does not show whether a classifier gives one label
            or several.
        labels: names of the classes, in the order of the model's outputs; () if
            no file names them.
        num_classes: number of classes; 0 for heads without classes.
        others: the other entries of the task in task.json.
        max_seq_length: length of the longest rows in training, in tokens.
    """

    kind: str | None = None
    is_stated: bool = False
    labels: tuple[str, ...] = ()
    num_classes: int = 0
    others: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    max_seq_length: int | None = None


def read_task_file(folder: str, task: str | None) -> TaskInfo:
    """Reads a folder's task.json; returns TaskInfo() if there is none.

    Args:
        folder: folder of the weights.
        task: name of the task, for a model of several tasks. A model of one
            task is also used for other tasks of its kind.
    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE_NAME)
    if not tf.io.gfile.exists(path):
        return TaskInfo()
    content = json_file.read_object(path)
    if "class_name" in content and "tasks" not in content:
        return TaskInfo()  # keras-hub's file of that name
    try:
        rows = _typed(content, "tasks", dict)
        if task not in rows and len(rows) == 1:
            (task,) = rows
        if task not in rows:
            return TaskInfo()
        row = dict(_typed(rows, task, dict))
        return TaskInfo(
            kind=_typed(row, "kind", str),
            is_stated=True,
            labels=tuple(map(str, _typed(row, "labels", list))),
            others={
                k: v for k, v in row.items() if k not in ("kind", "labels")
            },
            max_seq_length=_typed(
                {"max_seq_length": None, **content},
                "max_seq_length",
                int | None,
            ),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must be the file that was written along with the model. "
            f"Received: {type(error).__name__}: {error}. Copy it again from "
            "the run."
        ) from None


def _typed(values: Mapping[Any, Any], key: str | None, of: Any) -> Any:
    """Returns values[key]; raises TypeError if it has another type."""
    if not isinstance(values[key], of):
        raise TypeError(f"{key} is {values[key]!r:.60}")
    return values[key]


def write_task_file(folder: str, info: TaskInfo) -> None:
    """Writes task.json for a model of a single task."""
    content = task_file_content(info)
    with tf.io.gfile.GFile(os.path.join(folder, FILE_NAME), "w") as file:
        file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def task_file_content(info: TaskInfo) -> dict[str, Any]:
    """The content of task.json for a model of a task."""
    row = {"kind": info.kind, "labels": list(info.labels), **info.others}
    return {"tasks": {CUSTOM: row}, "max_seq_length": info.max_seq_length}


def of_huggingface(
    config: Mapping[str, Any], head: str | None, num_classes: int
) -> TaskInfo:
    """The task according to Hugging Face's config.json.

    Args:
        config: the content of config.json.
        head: prefix of our names of the head; None if there is no task head.
        num_classes: number of the head's outputs.
    Raises:
        ValueError: the config contradicts itself or the weights.
    """
    labels: tuple[str, ...] = ()
    if head in ("classifier", "tagging"):
        labels = _labels(config, num_classes)
    problem_type = config.get("problem_type")
    if head != "classifier" or problem_type is None:
        return TaskInfo(labels=labels)
    if not isinstance(problem_type, str) or problem_type not in PROBLEM_TYPES:
        raise ValueError(
            f"problem_type must be one of {', '.join(PROBLEM_TYPES)}. "
            f"Received: {problem_type!r} in config.json. Correct it."
        )
    kind = PROBLEM_TYPES[problem_type]
    if kind == "regression" and num_classes != 1:
        raise ValueError(
            "A regression model must have one output. Received: "
            f"problem_type={problem_type!r} in config.json, and a classifier "
            f"with {num_classes} outputs. Correct problem_type."
        )
    return TaskInfo(kind, True, labels)


def to_huggingface(info: TaskInfo, num_classes: int) -> dict[str, Any]:
    """Entries of config.json for the classes and the problem type."""
    labels = info.labels or [f"LABEL_{i}" for i in range(num_classes)]
    fields: dict[str, Any] = {
        "id2label": {str(i): name for i, name in enumerate(labels)},
        "label2id": {name: i for i, name in enumerate(labels)},
    }
    for problem_type, kind in PROBLEM_TYPES.items():
        if info.kind == kind:
            fields["problem_type"] = problem_type
    return fields


def _labels(config: Mapping[str, Any], num_classes: int) -> tuple[str, ...]:
    """Names of classes; () if there are only placeholders such as LABEL_0."""
    by_id = _by_id(config.get("id2label"))
    by_name = _by_id(_inverted(config.get("label2id")))
    if by_id and by_name and by_id != by_name:
        raise ValueError(
            "id2label and label2id must say the same. Received: "
            f"{_shown(by_id)} and {_shown(by_name)} in config.json. Correct "
            "the wrong one."
        )
    names = by_id or by_name
    if names and (len(names) != num_classes or len(set(names)) != num_classes):
        raise ValueError(
            f"id2label must name each of the model's {num_classes} classes "
            f"once. Received: {_shown(names)} in config.json. Correct it."
        )
    return names


def _inverted(label_ids: Any) -> Any:
    if not isinstance(label_ids, dict):
        return label_ids
    names = {str(number): name for name, number in label_ids.items()}
    return names if len(names) == len(label_ids) else list(label_ids)


def _by_id(names: Any) -> tuple[str, ...]:
    """Names in the order of their numbers; () if missing or placeholders."""
    if names is None or names == {}:
        return ()
    try:
        found = tuple(names[str(i)] for i in range(len(names)))
        if not all(isinstance(name, str) and name.strip() for name in found):
            raise TypeError
    except (KeyError, TypeError):
        raise ValueError(
            "id2label must map numbers from 0 to names, and label2id the names "
            f"to these numbers. Received: {str(names)[:80]} in config.json. "
            "Correct it."
        ) from None
    is_numbered = all(name == f"LABEL_{i}" for i, name in enumerate(found))
    return () if is_numbered else found


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(map(repr, names[:10])) + more
