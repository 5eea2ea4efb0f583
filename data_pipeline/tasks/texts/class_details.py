"""Details of an evaluation of classes beyond its score."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.texts import example_predictions


def names(task: table.Task, labels: Sequence[str]) -> dict[str, str]:
    """The displayed name of each class, in the order of the model's outputs."""
    if len(task.label_names) == len(labels):
        both = zip(labels, task.label_names, strict=True)
        return {label: f"{label} ({name})" for label, name in both}
    return {label: label for label in labels}


def of_logits(
    split: splits.Split,
    made: item_features.Features,
    predicted: Sequence[Any],
    logits: np.ndarray,
    called: Mapping[Any, str],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The details of predictions of one class for each example, and the worst
    errors.

    Args:
        split, made: the examples, and their features.
        predicted: a class for each example; None for a skipped one.
        logits: [I, C], in the order of `called`.
        called: the displayed name of each class.
    """
    count, worst = worst_errors.of_classes(
        split, predicted, example_predictions.softmax(logits), made, called
    )
    pairs = example_predictions.labelled_pairs(split, predicted)
    return {**of_classes(pairs, called), "num_errors": count}, worst


def of_classes(
    pairs: Sequence[tuple], called: Mapping[Any, str]
) -> dict[str, Any]:
    """Groups, confusion and the most confused pairs of classes.

    Args:
        pairs: (label, prediction).
        called: the displayed name of each class.
    """
    gold, predicted = zip(*pairs, strict=True)
    return {
        "groups": confusion.by_class(gold, predicted, dict(called)),
        "confusion": confusion.matrix(gold, predicted, dict(called)),
        "confused": confusion.pairs(pairs, dict(called)),
    }
