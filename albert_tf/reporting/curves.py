"""Curves over the steps of a run, and their reduction to fewer points."""

import dataclasses
from collections.abc import Iterable

import numpy as np

# A panel is about 700 pixels wide; more points would only make the page slow.
MAX_POINTS = 2000
# Curves with at least this many points are drawn pale, with their mean over
# windows on top.
SMOOTH_FROM = 300
_WINDOWS = 150


@dataclasses.dataclass(frozen=True)
class Curve:
    """A value over the steps of a run.

    Attributes:
        steps: int64 [points]; float64 for means over windows.
        values: float64 [points]; NaN in place of NaN and Inf.
    """

    steps: np.ndarray
    values: np.ndarray


def thin(curve: Curve) -> Curve:
    """Reduces a curve to at most MAX_POINTS points: the lowest and the highest
    of each window.

    This keeps spikes, which a mean or every n-th point would hide.
    """
    if len(curve.steps) <= MAX_POINTS:
        return curve
    keep = set()
    for window in np.array_split(np.arange(len(curve.steps)), MAX_POINTS // 2):
        values = curve.values[window]
        is_gap = np.isnan(values)
        keep.add(window[np.where(is_gap, np.inf, values).argmin()])
        keep.add(window[np.where(is_gap, -np.inf, values).argmax()])
    kept = np.array(sorted(keep))
    return Curve(curve.steps[kept], curve.values[kept])


def smooth(curve: Curve) -> Curve:
    """Averages a curve over windows; each mean is at the mean of its steps."""
    steps, values = [], []
    for window in np.array_split(np.arange(len(curve.steps)), _WINDOWS):
        finite = window[~np.isnan(curve.values[window])]
        if len(finite):
            steps.append(curve.steps[finite].mean())
            values.append(curve.values[finite].mean())
    return Curve(np.array(steps), np.array(values))


def only_where(curve: Curve, other: Curve, value: float | None) -> Curve:
    """The curve, with NaN at steps where another one has not this value."""
    steps = other.steps[other.values == value]
    is_kept = np.isin(curve.steps, steps)
    return Curve(curve.steps, np.where(is_kept, curve.values, np.nan))


def changes(curve: Curve) -> list[tuple[int, float]]:
    """The last step before each change of a value, and the new value."""
    places = np.flatnonzero(np.diff(curve.values))
    return [
        (int(curve.steps[place]), float(curve.values[place + 1]))
        for place in places
    ]


def spread(
    curves: Iterable[Curve],
) -> tuple[Curve, np.ndarray, np.ndarray]:
    """The median, minimum and maximum of many curves over the steps.

    Returns:
        The median, and the minimum and maximum, float64 [points]: for each
        step, or over windows if there are more than MAX_POINTS / 4 steps.
    """
    curves = list(curves)
    steps = np.concatenate([curve.steps for curve in curves])
    values = np.concatenate([curve.values for curve in curves])
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    starts = np.unique(steps, return_index=True)[1]
    starts = starts[:: -(-len(starts) // (MAX_POINTS // 4))]
    rows = []
    for window in np.split(np.arange(len(steps)), starts[1:]):
        finite = values[window][~np.isnan(values[window])]
        if len(finite):
            step = steps[window].mean()
            rows.append((step, *np.quantile(finite, [0, 0.5, 1])))
    step, low, middle, high = np.array(rows).reshape(-1, 4).T
    return Curve(step, middle), low, high
