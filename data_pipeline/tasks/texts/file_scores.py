"""Metrics of predictions from a file."""

from collections.abc import Callable
from typing import Any

from data_pipeline.tasks import class_labels
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.texts import example_predictions


def of(
    split: splits.Split,
    predicted: list[Any],
    wrong: Callable[[Any], Any],
    score: Callable[[list[Any]], dict[str, float]],
) -> dict[str, float]:
    """The metrics, with missing predictions counted as wrong, and `missing`,
    their number.

    Args:
        split: a labeled split.
        predicted: a prediction for each example; None for a missing one.
        wrong: makes a wrong prediction for an example.
        score: computes the metrics of predictions.
    """
    missing = [
        number
        for number, example in enumerate(split.examples)
        if example is not None and predicted[number] is None
    ]
    for number in missing:
        predicted[number] = wrong(split.examples[number])
    return {**score(predicted), "missing": len(missing)}


def classes_of(task: table.Task, split: splits.Split, path: str) -> list[str]:
    """The classes that a file of predictions may contain.

    Args:
        task: its classes, if it has any, are the only ones.
        split: labeled examples.
        path: path of the file; it may have a column for each class.
    """
    if task.labels:
        return list(task.labels)
    named = example_predictions.read_classes(path)
    known = list(split.classes) or class_labels.learn(
        example.classes for example in split.examples if example is not None
    )
    return list(dict.fromkeys([*named, *known]))
