"""Whether probabilities are as often right as they say.

A model is calibrated if, for example, four of five predictions with a
probability of 0.8 are right. Chuan Guo et al., "On Calibration of Modern
Neural Networks", ICML 2017, define the expected calibration error (ECE).
"""

from typing import Any

import numpy as np

NUM_BINS = 15


def of_classes(probabilities: np.ndarray, gold: np.ndarray) -> dict[str, Any]:
    """The calibration of probabilities of classes that exclude each other.

    The confidence of a row is the probability of its most likely class.

    Args:
        probabilities: [N, C], each row adding up to 1; N is at least 1.
        gold: int [N], the number of each row's class.
    Returns:
        expected_calibration_error: the mean difference, over rows, between the
            confidence and the accuracy of the row's bin, from 0 to 1; brier:
            the mean squared distance between the probabilities and the class
            as 0 and 1, from 0 to 2; and bins, from `reliability`.

    Example:
        >>> shares = np.array([[0.8, 0.2], [0.6, 0.4]])
        >>> found = of_classes(shares, np.array([0, 0]))
        >>> round(found["expected_calibration_error"], 3)
        0.3
        >>> round(found["brier"], 3)
        0.2
    """
    rows = np.arange(len(gold))
    # Errors below are squared, for which float32 is too coarse.
    shares = probabilities.astype(np.float64)
    is_gold = np.zeros_like(shares)
    is_gold[rows, gold] = 1
    best = shares.argmax(axis=1)
    return {
        **_of_bins(reliability(shares[rows, best], best == gold)),
        "brier": float(np.square(shares - is_gold).sum(axis=1).mean()),
    }


def of_labels(probabilities: np.ndarray, gold: np.ndarray) -> dict[str, Any]:
    """The calibration of probabilities of labels that may occur together.

    Each pair of a row and a label counts as one decision, whose confidence is
    the label's probability, and which is right if the row has the label.

    Args:
        probabilities: [N, C]; N and C are at least 1.
        gold: bool [N, C].
    Returns:
        As in `of_classes`, but over decisions; brier is from 0 to 1.

    Example:
        >>> shares, gold = np.array([[0.9, 0.2]]), np.array([[True, False]])
        >>> found = of_labels(shares, gold)
        >>> round(found["expected_calibration_error"], 3)
        0.15
        >>> round(found["brier"], 3)
        0.025
    """
    shares = probabilities.astype(np.float64).ravel()
    is_gold = np.asarray(gold, bool).ravel()
    return {
        **_of_bins(reliability(shares, is_gold)),
        "brier": float(np.square(shares - is_gold).mean()),
    }


def reliability(
    confidence: np.ndarray, is_right: np.ndarray
) -> list[dict[str, float]]:
    """Confidence and accuracy in NUM_BINS bins of confidence of equal width.

    Args:
        confidence: float [N], from 0 to 1.
        is_right: bool [N].
    Returns:
        For each bin that is not empty: low and high, its bounds; rows, how
        many it has; and the means of their confidence and their accuracy.
    """
    places = np.minimum((confidence * NUM_BINS).astype(int), NUM_BINS - 1)
    found = []
    for place in range(NUM_BINS):
        own = places == place
        if own.any():
            found.append(
                {
                    "low": place / NUM_BINS,
                    "high": (place + 1) / NUM_BINS,
                    "rows": int(own.sum()),
                    "confidence": float(confidence[own].mean()),
                    "accuracy": float(is_right[own].mean()),
                }
            )
    return found


def _of_bins(bins: list[dict[str, float]]) -> dict[str, Any]:
    gaps = [
        one["rows"] * abs(one["confidence"] - one["accuracy"]) for one in bins
    ]
    rows = sum(one["rows"] for one in bins)
    return {"expected_calibration_error": sum(gaps) / rows, "bins": bins}
