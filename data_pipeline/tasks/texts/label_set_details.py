"""Details of an evaluation of sets of labels beyond its score."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import probability_scores
from data_pipeline.tasks.scoring import ranking_scores
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.texts import example_predictions


def of_logits(
    split: splits.Split,
    made: item_features.Features,
    predicted: Sequence[Any],
    logits: np.ndarray,
    called: Mapping[Any, str],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The details of predictions of any number of labels for each example, and
    the worst errors.

    Args:
        split, made: the examples, and their features.
        predicted: the labels of each example; None for a skipped one.
        logits: [I, C], in the order of `called`.
        called: the displayed name of each label.
    """
    scores.check_outputs(logits)
    probabilities = example_predictions.sigmoid(logits)
    count, worst = worst_errors.of_sets(
        split, predicted, probabilities, made, called
    )
    gold, found = _flags(split, predicted, called)
    areas = ranking_scores.by_label(probabilities, gold)
    per_class = [
        {**row, **extra}
        for row, extra in zip(
            confusion.by_class(gold, found, called), areas, strict=True
        )
    ]
    return {
        "per_class": per_class,
        "averages": confusion.averages(per_class, with_micro=True),
        "calibration": probability_scores.of_labels(probabilities, gold),
        "num_errors": count,
    }, worst


def weighted(
    split: splits.Split,
    predicted: Sequence[Any],
    labels: Sequence[str],
    metric: str,
) -> weighted_metrics.WeightedMetric | None:
    """A metric as a function of weights, as in `weighted_metrics.of_sets`."""
    return weighted_metrics.of_sets(*_flags(split, predicted, labels), metric)


def _flags(
    split: splits.Split, predicted: Sequence[Any], labels: Iterable[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions, bool [N, C] each."""
    places = {label: place for place, label in enumerate(labels)}
    pairs = example_predictions.labelled_pairs(split, predicted)
    flags = np.zeros([2, len(pairs), len(places)], bool)
    for row, pair in enumerate(pairs):
        for side, own in enumerate(pair):
            flags[side, row, [places[label] for label in own]] = True
    return flags[0], flags[1]
