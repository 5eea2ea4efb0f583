"""Makes the report of an evaluation: what one can decide from.

A report has these keys; what makes no sense for a kind of task is null or [].

    task, kind, part, data, checkpoint   what was evaluated
    rows, loss         how many rows, and their loss as in training
    metric             name, value, low and high of the 95% interval, resamples
    metrics            all official metrics by name
    per_class          for each class, label, type of entity or tag: precision,
                       recall, f1, support, predicted; with probabilities also
                       roc_auc and average_precision
    averages           the same, micro, macro and weighted by support
    confusion          names, and counts by true and predicted class; null for
                       more than 30 classes
    confused           the most frequent confusions
    baselines          each with name, short, metrics, loss, trained_rows,
                       difference (model minus baseline: value, low, high)
    calibration        expected_calibration_error, brier, bins
    groups             for each column of --group_columns, the metric by group
    by_length          the same by number of tokens
    duplicates         evaluated rows that are also training rows, or nearly
    by_range           errors of numbers by range
    residuals, points  of numbers
    signatures         of the metrics of written texts, by name
    verdict            one sentence: whether the model beats its baselines
    findings           further sentences, the most important one first
    errors             count, and the file with the worst ones
    training           file and rows; or what is known instead
    seconds            what the parts of the report took
"""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.data import group_columns
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.guesses import guess as guess_of
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.reports import duplicates
from data_pipeline.tasks.reports import findings
from data_pipeline.tasks.reports import groups
from data_pipeline.tasks.reports import training_rows
from data_pipeline.tasks.reports import verdict
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import resampling
from data_pipeline.tasks.scoring import weighted_metrics

_Metric = weighted_metrics.WeightedMetric
# Keys that a kind's details may lack.
_DEFAULTS: dict[str, Any] = {
    "per_class": [],
    "averages": [],
    "confusion": None,
    "confused": [],
    "calibration": None,
    "by_range": [],
    "residuals": {},
    "points": [],
    "signatures": {},
}


def make(
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    threshold: float | None,
    *,
    metrics: Mapping[str, float],
    guess: baselines.Baseline,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """The report of an evaluation on one split, without what it is of.

    Args:
        data: the task's data.
        encoded: the evaluated split, and its features.
        predictions: the model's predictions for it.
        threshold: of null scores; None: it was tuned.
        metrics: the official metrics, with rows and loss.
        guess: the baseline that has the loss of guessing.
        details: those of the kind.
    """
    seconds = _Seconds()
    split = encoded.split
    name = data.metric_of(split)
    metric = _weighted(data, split, predictions.predicted, threshold)
    train, training = training_rows.read(data)
    seconds.took("reading the training data")
    compared, values = _baselines(data, split, metric, guess, threshold, train)
    seconds.took("baselines and interval")
    own = dict(details)
    names = own.pop("group_names", {})
    names |= group_columns.read(data, split)
    by_group = []
    if metric is not None:
        by_group = [
            groups.of(metric, column, own_names)
            for column, own_names in names.items()
            if len(set(own_names)) > 1 or column in data.group_columns
        ]
    seconds.took("groups")
    lengths = _lengths(encoded)
    by_length = None
    if metric is not None and lengths is not None:
        by_length = groups.of_lengths(metric, lengths)
    seconds.took("lengths")
    leaked = train and duplicates.of(split, train, metric)
    seconds.took("duplicates")
    made = {
        "rows": metrics["rows"],
        "loss": metrics.get("loss"),
        "metric": {
            "name": name,
            "value": metrics[name],
            **_interval(values),
            "resamples": None if values is None else len(values),
        },
        "metrics": dict(metrics),
        **{key: own.get(key, value) for key, value in _DEFAULTS.items()},
        "baselines": compared,
        "groups": by_group,
        "by_length": by_length,
        "duplicates": leaked,
        "training": training,
        "num_errors": own.get("num_errors"),
    }
    made["verdict"] = verdict.of(made)
    made["findings"] = findings.of(made, data, split, train)
    seconds.took("findings")
    made["seconds"] = seconds.parts
    return made


def _baselines(
    data: task_data.TaskData,
    split: splits.Split,
    metric: _Metric | None,
    guess: baselines.Baseline,
    threshold: float | None,
    train: splits.Split | None,
) -> tuple[list[dict[str, Any]], np.ndarray | None]:
    """The baselines, and the resampled values of the model's metric."""
    name = data.metric_of(split)
    found = [*data.kind.guesses(split, train)] if data.kind.guesses else []
    predicted = [guess_of.in_place(split, each.predicted) for each in found]
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "short": each.short,
            "metrics": each.metrics
            or data.kind.score(data.task, split, own, data.labels, threshold),
            "loss": None,
            "trained_rows": each.trained_rows,
            "seconds": round(each.seconds, 2),
            "difference": None,
        }
        for each, own in zip(found, predicted, strict=True)
    ]
    if not rows:
        rows = [
            {
                "name": guess.name,
                "short": "baseline",
                "metrics": guess.metrics,
                "loss": None,
                "trained_rows": None,
                "seconds": 0.0,
                "difference": None,
            }
        ]
    rows[0]["loss"] = guess.loss
    if metric is None:
        return rows, None
    others = [_weighted(data, split, own, threshold) for own in predicted]
    values, *of_others = resampling.resampled(
        [metric, *(other for other in others if other is not None)]
    )
    for row, own in zip(rows, of_others, strict=False):
        row["difference"] = {
            "value": metric.value() - row["metrics"][name],
            **resampling.bounds(values - own),
        }
    return rows, values


def _weighted(
    data: task_data.TaskData,
    split: splits.Split,
    predicted: list[Any],
    threshold: float | None,
) -> _Metric | None:
    name = data.metric_of(split)
    return data.kind.weighted(
        data.task, split, predicted, data.labels, name, threshold
    )


def _interval(values: np.ndarray | None) -> dict[str, float | None]:
    if values is None:
        return {"low": None, "high": None}
    return resampling.bounds(values)


def _lengths(encoded: task_kind.Encoded) -> np.ndarray | None:
    """The tokens of each example that was not skipped; None if examples are
    not rows of their own."""
    made = encoded.features
    kept = sum(example is not None for example in encoded.split.examples)
    if len(made) != kept or len(set(made.example.tolist())) != kept:
        return None
    return made.lengths[np.argsort(made.example)]


class _Seconds:
    """Measures what parts take.

    Attributes:
        parts: seconds by part.
    """

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._since = time.monotonic()

    def took(self, part: str) -> None:
        """Ends a part."""
        now = time.monotonic()
        self.parts[part] = round(now - self._since, 2)
        self._since = now
