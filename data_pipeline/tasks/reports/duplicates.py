"""Evaluated texts that are also training texts, or nearly."""

from typing import Any

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.reports import shingles
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.scoring import worst_errors

_MAX_SHOWN = 10


def of(
    split: splits.Split,
    train: splits.Split,
    metric: weighted_metrics.WeightedMetric | None,
) -> dict[str, Any] | None:
    """Counts evaluated rows with a near-duplicate among training rows.

    Args:
        split: the evaluated rows.
        train: the training rows.
        metric: the main metric of the evaluated rows.
    Returns:
        rows, the number of evaluated rows with a near-duplicate; exact, how
        many of them are equal but for case, punctuation and spaces; share, of
        all rows; other_label, how many have other classes in training;
        similarity, from which texts count as nearly the same; metric_without,
        the metric of all other rows; and examples. None for examples that are
        neither texts, pairs of texts nor sentences.
    """
    rows = [example for example in split.examples if example is not None]
    known = [example for example in train.examples if example is not None]
    if not isinstance(
        rows[0], example_types.TextExample | example_types.TaggedExample
    ):
        return None
    found = shingles.matches([*map(_text, rows)], map(_text, known))
    is_other = np.ones(len(rows), bool)
    is_other[[match.text for match in found]] = False
    without = None
    if metric is not None and found and is_other.any():
        value = metric.take(is_other).value()
        without = value if np.isfinite(value) else None
    return {
        "rows": len(found),
        "exact": sum(match.similarity == 1 for match in found),
        "share": len(found) / len(rows),
        "other_label": sum(
            rows[match.text].classes != known[match.other].classes
            for match in found
        ),
        "similarity": shingles.NEAR,
        "metric_without": without,
        "examples": [
            {
                "text": worst_errors.short(_text(rows[match.text])),
                "training_text": worst_errors.short(_text(known[match.other])),
                "similarity": match.similarity,
            }
            for match in found[:_MAX_SHOWN]
        ],
    }


def _text(example: Any) -> str:
    if isinstance(example, example_types.TaggedExample):
        return " ".join(example.words)
    return " | ".join(example.texts)
