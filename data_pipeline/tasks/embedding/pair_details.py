"""The examples that an embedding model places worst."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.embedding import pair_rows
from data_pipeline.tasks.embedding import pair_scores
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.scoring import worst_errors

# Number of points in a plot of scores and cosines.
_MAX_POINTS = 1000


def of_scores(
    examples: list[Any], cosines: np.ndarray
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Points (score, cosine) for a plot, and the pairs whose rank by cosine is
    furthest from that by score.

    Args:
        examples: N scored pairs.
        cosines: [N].
    """
    gold = np.array([example.label for example in examples])
    kept = np.linspace(0, len(gold) - 1, _MAX_POINTS).astype(int)
    points = np.round([gold, cosines], 4).T[np.unique(kept)].tolist()
    share = [
        values.argsort().argsort() / len(gold) for values in (gold, cosines)
    ]
    off = share[1] - share[0]
    _, worst = worst_errors.worst(
        (
            abs(float(difference)),
            {
                "id": example.id,
                "text": " | ".join(map(worst_errors.short, example.texts)),
                "label": f"{example.label:.4g}",
                "prediction": f"{cosine:.4f}",
                "difference": float(difference),
            },
        )
        for example, cosine, difference in zip(
            examples, cosines, off, strict=True
        )
    )
    return {"points": points}, worst


def of_triplets(
    examples: list[Any], cosines: np.ndarray
) -> list[dict[str, Any]]:
    """The triplets whose positive is furthest behind a negative.

    Args:
        examples: N triplets.
        cosines: [N, C - 1], of the positive and the negatives.
    """
    nearest = cosines[:, 1:].argmax(axis=1)
    margins = cosines[:, 1:].max(axis=1) - cosines[:, 0]
    _, worst = worst_errors.worst(
        (
            float(margin),
            {
                "id": example.id,
                "text": worst_errors.short(example.texts[0]),
                "label": worst_errors.short(example.texts[1]),
                "prediction": worst_errors.short(example.texts[2 + number]),
                "difference": float(margin),
            },
        )
        for example, margin, number in zip(
            examples, margins, nearest, strict=True
        )
        if margin >= 0
    )
    return worst


def weighted(
    split: splits.Split, predicted: Sequence[Any], metric: str
) -> weighted_metrics.WeightedMetric | None:
    """The metric of scored pairs or of triplets as a function of weights; None
    for a ranking, in which each row is a candidate for all others."""
    if split.scheme == pair_rows.PAIRS:
        return None
    examples = [example for example in split.examples if example is not None]
    found = pair_scores.cosines([own for own in predicted if own is not None])
    if split.scheme == pair_rows.GRADED:
        gold = [example.label for example in examples]
        return weighted_metrics.of_numbers(gold, found[:, 0].tolist(), metric)
    right = found[:, 0] > found[:, 1:].max(axis=1)
    return weighted_metrics.of_mean(right, np.ones(len(right)))
