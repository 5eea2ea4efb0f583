"""Prediction sets: the classes that a model cannot exclude.

The set of a row holds all classes whose probability is at least a threshold.
The threshold is set on labeled rows so that the sets of other rows from the
same source hold the right class with a given frequency, the coverage. This is
split conformal prediction with the least ambiguous sets (LAC): Mauricio Sadinle
et al., "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels",
JASA 2019.
"""

import math

import numpy as np


def threshold(
    probabilities: np.ndarray, gold: np.ndarray, coverage: float
) -> float:
    """The smallest probability of a class in a set.

    Args:
        probabilities: [N, C].
        gold: int [N], the number of each row's class.
        coverage: above 0 and below 1.
    Raises:
        ValueError: there are too few rows for this coverage.
    """
    count = len(gold)
    rank = math.ceil((count + 1) * coverage)
    if rank > count:
        needed = math.ceil(coverage / (1 - coverage) - 1e-9)
        raise ValueError(
            f"A coverage of {coverage:g} must be set on at least {needed} "
            f"labeled rows, in each half. Received: {count}. Use more rows, or "
            "a smaller --coverage."
        )
    own = probabilities[np.arange(count), gold]
    return float(np.sort(own)[count - rank])


def of(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """The set of each row, bool [N, C]; the likeliest class is always in it.

    Args:
        probabilities: [N, C].
        threshold: from `threshold`.
    """
    found = probabilities >= threshold
    found[np.arange(len(found)), probabilities.argmax(axis=-1)] = True
    return found


def measured(in_set: np.ndarray, gold: np.ndarray) -> dict[str, float]:
    """How often sets hold the right class, and their sizes.

    Args:
        in_set: bool [N, C].
        gold: int [N].
    """
    sizes = in_set.sum(axis=-1)
    return {
        "set_coverage": float(in_set[np.arange(len(gold)), gold].mean()),
        "mean_set_size": float(sizes.mean()),
        "largest_set": int(sizes.max()),
    }
