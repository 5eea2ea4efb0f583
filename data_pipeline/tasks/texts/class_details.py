"""Details of an evaluation of classes beyond its score."""

import itertools
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import probability_scores
from data_pipeline.tasks.scoring import ranking_scores
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.scoring import weighted_metrics
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
    num_classes: int | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The details of predictions of one class for each example, and the worst
    errors.

    Args:
        split, made: the examples, and their features.
        predicted: a class for each example; None for a skipped one.
        logits: [I, C], in the order of `called`.
        called: the displayed name of each class.
        num_classes: how many of them are the model's; the others come last, and
            rows of them do not count in the calibration. None: all.
    """
    scores.check_outputs(logits)
    probabilities = example_predictions.softmax(logits)
    count, worst = worst_errors.of_classes(
        split, predicted, probabilities, made, called
    )
    pairs = example_predictions.labelled_pairs(split, predicted)
    places = {label: place for place, label in enumerate(called)}
    gold = np.array(
        [places[split.examples[number].label] for number in made.example]
    )
    is_gold = gold[:, np.newaxis] == np.arange(len(places))
    areas = ranking_scores.by_label(probabilities, is_gold)
    is_known = gold < (len(places) if num_classes is None else num_classes)
    return {
        **of_classes(pairs, called, areas),
        "calibration": probability_scores.of_classes(
            probabilities[is_known], gold[is_known]
        )
        if is_known.any()
        else None,
        "num_errors": count,
    }, worst


def of_classes(
    pairs: Sequence[tuple],
    called: Mapping[Any, str],
    more: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Scores by class, their averages, and which classes are confused.

    Args:
        pairs: (label, prediction).
        called: the displayed name of each class.
        more: further scores of each class, in the same order.
    """
    gold, predicted = zip(*pairs, strict=True)
    per_class = confusion.by_class(gold, predicted, dict(called))
    if more is not None:
        per_class = [
            {**row, **extra} for row, extra in zip(per_class, more, strict=True)
        ]
    return {
        "per_class": per_class,
        "averages": confusion.averages(per_class, with_micro=False),
        "confusion": confusion.matrix(gold, predicted, dict(called)),
        "confused": confusion.pairs(pairs, dict(called)),
    }


def weighted(
    pairs: Sequence[tuple], labels: Sequence[Any], metric: str
) -> weighted_metrics.WeightedMetric | None:
    """A metric of classes as a function of weights; None for other names.

    Args:
        pairs: (label, prediction), out of `labels` or for none of them.
        labels: the classes.
        metric: as in `weighted_metrics.of_classes`.
    """
    known = dict.fromkeys([*labels, *itertools.chain(*pairs)])
    places = {label: place for place, label in enumerate(known)}
    gold, predicted = (
        [places[x] for x in side] for side in zip(*pairs, strict=True)
    )
    return weighted_metrics.of_classes(gold, predicted, len(places), metric)


def weighted_accuracy(
    split: splits.Split, predicted: Sequence[Any], metric: str
) -> weighted_metrics.WeightedMetric | None:
    """The accuracy as a function of weights; None for other metrics."""
    if metric != "accuracy":
        return None
    pairs = example_predictions.labelled_pairs(split, predicted)
    right = np.array([gold == found for gold, found in pairs])
    return weighted_metrics.of_mean(right, np.ones(len(right)))
