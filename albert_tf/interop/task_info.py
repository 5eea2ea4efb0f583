"""What a model answers, as the files beside its weights say it."""

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
# A task that has no published name.
CUSTOM = "custom"

# problem_type of Hugging Face's config.json -> the kind of task.
PROBLEM_TYPES = {
    "single_label_classification": "classification",
    "multi_label_classification": "multilabel",
    "regression": "regression",
}


@dataclasses.dataclass(frozen=True)
class TaskInfo:
    """A model's task; empty where nothing is known.

    kind: "classification", "multilabel", "regression", "multiple_choice",
        "tagging" or "span"; None where nothing says it.
    is_stated: whether the kind is known; otherwise the head suggests it: a
        classifier may be for one label of each text or for several.
    labels: the names of the classes, in the order of the model's outputs; ()
        where no file says them.
    num_classes: how many the head has; 0 for heads that do not count classes.
    others: the other entries of the task in task.json.
    max_seq_length: the longest rows, in tokens, that the model was trained on.
    """

    kind: str | None = None
    is_stated: bool = False
    labels: tuple[str, ...] = ()
    num_classes: int = 0
    others: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    max_seq_length: int | None = None


def read_task_file(folder: str, task: str | None) -> TaskInfo:
    """Reads task.json of a folder; TaskInfo() where there is none.

    Args:
        folder: of the weights.
        task: which one, of a model of several tasks. A model of one task is
            also used for others of its kind.
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
        rows = content["tasks"]
        if not isinstance(rows, dict):
            raise TypeError("tasks must be an object")
        if task not in rows and len(rows) == 1:
            (task,) = rows
        if task not in rows:
            return TaskInfo()
        row = dict(rows[task])
        return TaskInfo(
            kind=str(row.pop("kind")),
            is_stated=True,
            labels=tuple(map(str, row.pop("labels"))),
            others=row,
            max_seq_length=content.get("max_seq_length"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must be the file that was written beside the model. "
            f"Received: {type(error).__name__}: {error}. Copy it again from "
            "the run."
        ) from None


def write_task_file(folder: str, info: TaskInfo) -> None:
    """Writes task.json for a model of a task."""
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
    """What config.json says of the task.

    Args:
        config: the content of config.json.
        head: the head that the weights have, by our prefixes; None for none.
        num_classes: the number of its outputs.
    Raises:
        ValueError: it contradicts itself, or the weights.
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
            f"Received: {problem_type!r} in config.json."
        )
    kind = PROBLEM_TYPES[problem_type]
    if kind == "regression" and num_classes != 1:
        raise ValueError(
            "A regression model must have one output. Received: "
            f"problem_type={problem_type!r} in config.json, and a classifier "
            f"with {num_classes} outputs."
        )
    return TaskInfo(kind, True, labels)


def to_huggingface(info: TaskInfo, num_classes: int) -> dict[str, Any]:
    """The keys of config.json that name the classes and the problem."""
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
    """Names of classes; () where there are only placeholders (LABEL_0)."""
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
            f"once. Received: {_shown(names)} in config.json."
        )
    return names


def _inverted(label_ids: Any) -> Any:
    if not isinstance(label_ids, dict):
        return label_ids
    names = {str(number): name for name, number in label_ids.items()}
    return names if len(names) == len(label_ids) else list(label_ids)


def _by_id(names: Any) -> tuple[str, ...]:
    """The names in the order of their numbers; () for none that say a thing."""
    if names is None or names == {}:
        return ()
    try:
        found = tuple(names[str(i)] for i in range(len(names)))
        if not all(isinstance(name, str) and name.strip() for name in found):
            raise TypeError
    except (KeyError, TypeError):
        raise ValueError(
            "id2label must map the numbers from 0 to names, and label2id the "
            f"names to these numbers. Received: {str(names)[:80]} in "
            "config.json."
        ) from None
    is_numbered = all(name == f"LABEL_{i}" for i, name in enumerate(found))
    return () if is_numbered else found


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(map(repr, names[:10])) + more
