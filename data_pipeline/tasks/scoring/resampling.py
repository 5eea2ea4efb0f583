"""Intervals of metrics by bootstrap, and whether groups differ beyond chance.

B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993. Rows are
drawn with replacement, as many as there are, and an interval is between the
2.5th and the 97.5th percentile of the metric of such resamples.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks.scoring import weighted_metrics

CONFIDENCE = 0.95
SEED = 0
# Resamples of few rows, and at least of many.
_MOST, _LEAST = 1000, 200
# Numbers drawn in all, and held at once.
_ALL_DRAWN, _DRAWN_AT_ONCE = 20_000_000, 1_000_000
# Gaps are compared with those of this many random groups.
_SHUFFLES = 500


def count(num_rows: int) -> int:
    """How many resamples are drawn of so many rows."""
    return max(_LEAST, min(_MOST, _ALL_DRAWN // max(num_rows, 1)))


def resampled(
    metrics: Sequence[weighted_metrics.WeightedMetric],
) -> list[np.ndarray]:
    """Metrics of the same rows, each in the same resamples.

    Args:
        metrics: at least one; all have N rows.
    Returns:
        The values of each metric, float64 [count(N)].
    """
    num_rows = len(metrics[0])
    parts = [
        [metric(weights) for metric in metrics] for weights in _draws(num_rows)
    ]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def interval(values: np.ndarray) -> tuple[float, float] | None:
    """The interval of resampled values; None if few of them are known."""
    known = values[np.isfinite(values)]
    if len(known) < len(values) / 2:
        return None
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [outside, 1 - outside])
    return float(low), float(high)


def bounds(values: np.ndarray) -> dict[str, float | None]:
    """The interval as "low" and "high", which are None if it is unknown."""
    low, high = interval(values) or (None, None)
    return {"low": low, "high": high}


def chance_of_gap(
    metric: weighted_metrics.WeightedMetric, groups: np.ndarray
) -> float:
    """How likely the largest gap between groups is by chance.

    The rows are dealt to groups of the same sizes at random. This takes into
    account that among many groups some are far apart.

    Args:
        metric: the metric of N rows.
        groups: int [N], the number of each row's group, from 0.
    Returns:
        The share of random gaps that are at least as large.
    """
    random = np.random.default_rng(SEED)
    numbers = np.arange(groups.max() + 1)[:, np.newaxis]
    observed = _gap(metric, groups, numbers)
    shuffles = 10 * _ALL_DRAWN // (groups.size * numbers.size)
    shuffles = max(_LEAST // 2, min(_SHUFFLES, shuffles))
    as_large = sum(
        _gap(metric, random.permutation(groups), numbers) >= observed - 1e-12
        for _ in range(shuffles)
    )
    return float((as_large + 1) / (shuffles + 1))


def _gap(metric: Any, groups: np.ndarray, numbers: np.ndarray) -> float:
    values = metric((groups == numbers).astype(np.float64))
    return float(np.nanmax(values) - np.nanmin(values))


def _draws(num_rows: int) -> Iterator[np.ndarray]:
    """Weights of resamples, float64 [b, N]: how often each row was drawn."""
    random = np.random.default_rng(SEED)
    left = count(num_rows)
    block = max(1, _DRAWN_AT_ONCE // num_rows)
    while left > 0:
        size = min(block, left)
        drawn = random.integers(0, num_rows, [size, num_rows])
        drawn += np.arange(size)[:, np.newaxis] * num_rows
        counts = np.bincount(drawn.ravel(), minlength=size * num_rows)
        yield counts.reshape(size, num_rows).astype(np.float64)
        left -= size
