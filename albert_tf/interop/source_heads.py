"""The head that weights have: its model, and what it answers."""

import dataclasses

import keras

from albert_tf import models
from albert_tf import task_models
from albert_tf.early_exit import model as early_exit
from albert_tf.interop import source as source_lib
from albert_tf.interop import task_info

# First part of a head's weight names -> the model; whether it counts classes;
# the kind of task.
TASK_MODELS = {
    "classifier": (task_models.AlbertClassifier, True, "classification"),
    early_exit.FIRST_HEAD: (
        early_exit.AlbertEarlyExitClassifier,
        True,
        "classification",
    ),
    "tagging": (task_models.AlbertTagger, True, "tagging"),
    "multiple_choice": (
        task_models.AlbertMultipleChoice,
        False,
        "multiple_choice",
    ),
    "span": (task_models.AlbertSpan, False, "span"),
    "conditional_span": (task_models.AlbertConditionalSpan, False, "span"),
}


def task_of(source: source_lib.Source) -> task_info.TaskInfo:
    """What the files beside the weights, or else their head, say of the task.

    A classifier of which no file says the kind is taken for one with single
    labels; one with a single output, for a regression. transformers does so
    too.

    Raises:
        ValueError: the names of the classes are of another number.
    """
    head = head_of(source)
    if head is None:
        return task_info.TaskInfo()
    _, counts_classes, kind = TASK_MODELS[head]
    num_classes = _num_classes(source, head) if counts_classes else 0
    if kind == "classification" and num_classes == 1:
        kind = "regression"
    labels = source.info.labels
    if labels and len(labels) != num_classes:
        raise ValueError(
            "Each class of a model must have a name. Received: "
            f"{source.where} with {num_classes} classes, and {len(labels)} "
            f"names beside it: {', '.join(labels)}."
        )
    return dataclasses.replace(
        source.info,
        kind=source.info.kind or kind,
        is_stated=source.info.is_stated or kind != "classification",
        num_classes=num_classes,
    )


def _num_classes(source: source_lib.Source, head: str) -> int:
    return max(source.shape(f"{head}/kernel")[-1:], default=1)


def head_of(source: source_lib.Source) -> str | None:
    """The first part of the head's weight names; None without a task's."""
    for head in TASK_MODELS:
        kernel = "start_kernel" if head == "conditional_span" else "kernel"
        if source.shape(f"{head}/{kernel}") is not None:
            return head
    return None


def model_class(source: source_lib.Source) -> type[keras.Model] | None:
    """The model that has this head; None without a task's head."""
    head = head_of(source)
    return None if head is None else TASK_MODELS[head][0]


def make_model(source: source_lib.Source) -> keras.Model:
    """A model with that head, with random weights; AlbertPretrainer where the
    weights have none of a task."""
    head = head_of(source)
    if head is None:
        return models.AlbertPretrainer(source.config)
    model_class, counts_classes, _ = TASK_MODELS[head]
    if counts_classes:
        return model_class(
            source.config, num_classes=_num_classes(source, head)
        )
    return model_class(source.config)
