"""Metrics of predictions from a file."""

from collections.abc import Callable
from typing import Any

from data_pipeline.tasks import splits


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
