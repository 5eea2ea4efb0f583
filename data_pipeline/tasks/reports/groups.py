"""The main metric by group of rows, with intervals and the largest gap."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks.scoring import resampling
from data_pipeline.tasks.scoring import weighted_metrics

# Groups of fewer rows are too small to judge.
MIN_ROWS = 10
# The largest groups are shown.
MAX_GROUPS = 25
# Gaps that are as likely by chance are noise.
_NOISE = 0.05
_MAX_BINS = 4


def of(
    metric: weighted_metrics.WeightedMetric,
    column: str,
    names: Sequence[str],
) -> dict[str, Any]:
    """The metric of each group.

    Args:
        metric: the main metric of N rows.
        column: what the groups are by.
        names: the group of each row, [N].
    Returns:
        column; groups, each with name, rows, value, low and high, largest
        first, where groups of fewer than MIN_ROWS rows are too_small and have
        no interval; left_out, the number of further groups; and gap: the
        largest difference between two groups that are not too small, with the
        names of the worst and the best, chance, the share of random groups
        with a gap as large, and is_noise. gap is None without two groups.
    """
    counts = Counter(names)
    shown = [name for name, _ in counts.most_common(MAX_GROUPS)]
    codes = np.array(names, object)
    rows = [
        _group(metric, name, np.flatnonzero(codes == name)) for name in shown
    ]
    return {
        "column": column,
        "groups": rows,
        "left_out": len(counts) - len(shown),
        "gap": _gap(metric, rows, codes),
    }


def of_lengths(
    metric: weighted_metrics.WeightedMetric, lengths: np.ndarray
) -> dict[str, Any] | None:
    """The metric by length, in bins of about equally many rows, in the form of
    `of`; None if there is one bin.

    Args:
        metric: the main metric of N rows.
        lengths: int [N], tokens.
    """
    shares = np.linspace(0, 1, _MAX_BINS + 1)
    edges = np.unique(np.quantile(lengths, shares, method="higher"))
    if len(edges) < 3:
        return None
    bins = np.clip(np.searchsorted(edges, lengths, "right"), 1, len(edges) - 1)
    ends = [*(edges[1:-1] - 1), edges[-1]]
    spans = [
        f"{low} to {high}" if low < high else f"{low}"
        for low, high in zip(edges[:-1].tolist(), map(int, ends), strict=True)
    ]
    found = of(metric, "tokens", [spans[number - 1] for number in bins])
    found["groups"].sort(key=lambda group: spans.index(group["name"]))
    return found


def _group(
    metric: weighted_metrics.WeightedMetric, name: str, rows: np.ndarray
) -> dict[str, Any]:
    own = metric.take(rows)
    value = own.value()
    is_small = len(rows) < MIN_ROWS
    bounds: dict[str, float | None] = {"low": None, "high": None}
    if not is_small:
        bounds = resampling.bounds(*resampling.resampled([own]))
    return {
        "name": name,
        "rows": len(rows),
        "value": value if np.isfinite(value) else None,
        **bounds,
        "too_small": is_small,
    }


def _gap(
    metric: weighted_metrics.WeightedMetric,
    groups: list[dict[str, Any]],
    names: np.ndarray,
) -> dict[str, Any] | None:
    judged = [
        group
        for group in groups
        if not group["too_small"] and group["value"] is not None
    ]
    if len(judged) < 2:
        return None
    number_of = {group["name"]: n for n, group in enumerate(judged)}
    codes = np.array([number_of.get(name, -1) for name in names])
    chance = resampling.chance_of_gap(
        metric.take(codes >= 0), codes[codes >= 0]
    )
    worst, best = (
        end(judged, key=lambda group: group["value"]) for end in (min, max)
    )
    return {
        "value": best["value"] - worst["value"],
        "worst": worst["name"],
        "best": best["name"],
        "chance": chance,
        "is_noise": chance > _NOISE,
    }
