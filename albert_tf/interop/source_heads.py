"""The head that weights have: its model, and what it answers."""

import dataclasses

import keras

from albert_tf import kinds
from albert_tf import models
from albert_tf.interop import task_info
from albert_tf.interop import weight_source

# By the first part of a head's weight names: the first kind that has it.
_KINDS = {kind.head: kind for kind in reversed(kinds.KINDS.values())}


def task_of(source: weight_source.WeightSource) -> task_info.TaskInfo:
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
    found = _KINDS[head]
    num_classes = _num_classes(source, head) if found.counts_classes else 0
    kind = found.task
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


def _num_classes(source: weight_source.WeightSource, head: str) -> int:
    shape = source.shape(f"{head}/kernel")
    assert shape is not None, head
    return max(shape[-1:], default=1)


def head_of(source: weight_source.WeightSource) -> str | None:
    """The first part of the head's weight names; None without a task's."""
    for head in _KINDS:
        kernel = "start_kernel" if head == "conditional_span" else "kernel"
        if source.shape(f"{head}/{kernel}") is not None:
            return head
    return None


def model_class(source: weight_source.WeightSource) -> type[keras.Model] | None:
    """The model that has this head; None without a task's head."""
    head = head_of(source)
    return None if head is None else _KINDS[head].model


def make_model(source: weight_source.WeightSource) -> keras.Model:
    """A model with that head, with random weights; AlbertPretrainer where the
    weights have none of a task."""
    head = head_of(source)
    if head is None:
        return models.AlbertPretrainer(source.config)
    kind = _KINDS[head]
    if kind.counts_classes:
        return kind.model(source.config, num_classes=_num_classes(source, head))
    return kind.model(source.config)
