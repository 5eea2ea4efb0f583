"""Errors of predicted numbers by range of the true number."""

from typing import Any

import numpy as np

_RANGES = 5


def of(gold: np.ndarray, predicted: np.ndarray) -> list[dict[str, Any]]:
    """The errors in ranges of equal width, from the smallest to the largest
    label.

    A model that predicts only numbers near the mean is too high for low labels
    and too low for high ones.

    Args:
        gold, predicted: float [N].
    Returns:
        For each range that has rows its low and high bound, rows, and
        mean_error, mean_absolute_error and root_mean_squared_error of the
        predictions minus the labels.
    """
    edges = np.linspace(gold.min(), gold.max(), _RANGES + 1)
    places = np.clip(np.searchsorted(edges, gold, "right") - 1, 0, _RANGES - 1)
    found = []
    for place in range(_RANGES):
        off = (predicted - gold)[places == place]
        if off.size:
            found.append(
                {
                    "low": float(edges[place]),
                    "high": float(edges[place + 1]),
                    "rows": int(off.size),
                    "mean_error": float(off.mean()),
                    "mean_absolute_error": float(np.abs(off).mean()),
                    "root_mean_squared_error": float(
                        np.sqrt(np.square(off).mean())
                    ),
                }
            )
    return found
