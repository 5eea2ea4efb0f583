"""A threshold below which a text belongs to none of the classes.

A row whose likeliest class has a probability below the threshold is answered
with none of the classes. Rows of no class are out of scope, all others are in
scope. Dan Hendrycks and Kevin Gimpel, "A Baseline for Detecting Misclassified
and Out-of-Distribution Examples in Neural Networks", ICLR 2017.
"""

import numpy as np


def by_examples(
    confidence: np.ndarray, is_right: np.ndarray, is_outside: np.ndarray
) -> float:
    """The threshold with the largest sum of in-scope accuracy and
    out-of-scope recall.

    Args:
        confidence: float [N], the probability of the likeliest class.
        is_right: bool [N], whether it is the row's class.
        is_outside: bool [N], whether the row is out of scope; some are, and
            some are not.
    """
    order = np.argsort(confidence, kind="stable")
    sizes = confidence[order]
    right = (is_right & ~is_outside)[order] / (~is_outside).sum()
    outside = is_outside[order] / is_outside.sum()
    # total[n]: the sum if the n least confident rows are rejected.
    total = np.concatenate([[0], np.cumsum(outside - right)])
    # Rows of equal confidence are rejected together or not at all.
    places = np.flatnonzero(np.append(True, np.diff(sizes) > 0))
    return _below(sizes, int(places[total[places].argmax()]))


def by_share(confidence: np.ndarray, share: float) -> float:
    """The threshold below which a share of the rows lies.

    Args:
        confidence: float [N], of rows in scope.
        share: from 0 to 1.
    """
    sizes = np.sort(confidence)
    rejected = min(int(share * len(sizes)), len(sizes) - 1)
    return _below(sizes, int(np.searchsorted(sizes, sizes[rejected])))


def _below(sizes: np.ndarray, place: int) -> float:
    """The middle between a sorted value and the one before it."""
    before = sizes[place - 1] if place else 0.0
    return float((before + sizes[place]) / 2)


def measured(
    is_none: np.ndarray, is_right: np.ndarray, is_outside: np.ndarray
) -> dict[str, float]:
    """How good a threshold is.

    Args:
        is_none: bool [N], whether a row is answered with none of the classes.
        is_right, is_outside: as in `by_examples`, but there may be no rows
            out of scope.
    Returns:
        in_scope_accuracy: the share of rows in scope that are answered with
            their class; in_scope_answered: the share of them that are answered;
            accuracy_of_answered: the share of those that are right; and,
            if there are rows out of scope, out_of_scope_recall: the share of
            them that are rejected, and out_of_scope_precision: the share of
            rejected rows that are out of scope.
    """
    inside, answered = ~is_outside, ~is_none & ~is_outside
    found = {
        "in_scope_accuracy": _share(is_right & answered, inside),
        "in_scope_answered": _share(answered, inside),
        "accuracy_of_answered": _share(is_right & answered, answered),
    }
    if is_outside.any():
        found["out_of_scope_recall"] = _share(is_none & is_outside, is_outside)
        found["out_of_scope_precision"] = _share(is_none & is_outside, is_none)
    return found


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / max(whole.sum(), 1))
