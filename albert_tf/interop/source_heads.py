"""The task head that a source of weights has, and the model for it."""

import dataclasses

import keras

from albert_tf import kinds
from albert_tf import models
from albert_tf.embedding import model as embedding_model
from albert_tf.interop import task_info
from albert_tf.interop import weight_source

# First part of a head's weight names -> the first kind that has this head.
_KINDS = {kind.head: kind for kind in reversed(kinds.KINDS.values())}


def task_of(source: weight_source.WeightSource) -> task_info.TaskInfo:
    """The task according to the files beside the weights, or else their head.

    If no file states the kind, a classifier is assumed to have single labels,
    or to be a regression if it has a single output, as in transformers.

    Raises:
        ValueError: there are more or fewer class names than classes.
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
            "Each class of a model must have one name. Received: "
            f"{source.where} with {num_classes} classes, and {len(labels)} "
            f"names beside it: {', '.join(labels)}. Correct the names."
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
    """The first part of the head's weight names; None without a task head."""
    if source.info.kind == "embedding":
        # It may have no weights of its own.
        return embedding_model.HEAD
    for head, kind in _KINDS.items():
        if kind.marker and source.shape(f"{head}/{kind.marker}") is not None:
            return head
    return None


def model_class(source: weight_source.WeightSource) -> type[keras.Model] | None:
    """The class of models with this head; None without a task head."""
    head = head_of(source)
    return None if head is None else _KINDS[head].model


def make_model(source: weight_source.WeightSource) -> keras.Model:
    """Builds a model with the same head and random weights.

    It is an AlbertPretrainer if the weights have no task head.
    """
    head = head_of(source)
    if head is None:
        return models.AlbertPretrainer(source.config)
    kind = _KINDS[head]
    options = kind.options(source.info.others)
    if kind.counts_classes:
        options["num_classes"] = _num_classes(source, head)
    return kind.model(source.config, **options)
