"""Chooses and fits the map of each label from logits to probabilities."""

import functools
from collections.abc import Callable

import numpy as np

from data_pipeline.tasks.calibration import label_map

# Rows with the label, and rows without it, below which its map stays as it is.
LEAST_ROWS = 10

Fit = Callable[[np.ndarray, np.ndarray], label_map.LabelMap]


def of_labels(
    logits: np.ndarray, gold: np.ndarray, folds: np.ndarray
) -> tuple[label_map.LabelMap, ...]:
    """The best map of each label; see `best`.

    Args:
        logits: [N, C].
        gold: bool [N, C].
        folds: int [N].
    """
    return tuple(
        best(logits[:, place].astype(np.float64), gold[:, place], folds)
        for place in range(gold.shape[1])
    )


def best(
    logits: np.ndarray, gold: np.ndarray, folds: np.ndarray
) -> label_map.LabelMap:
    """The map with the smallest cross-entropy on folds that it was not fitted
    on: Platt scaling, isotonic regression, or the sigmoid as it is, if none of
    the two is better by more than one standard error of the mean difference.

    Args:
        logits: [N], of a label.
        gold: bool [N], whether each row has it.
        folds: int [N], the number of each row's fold.
    """
    unchanged = label_map.LabelMap()
    if min(gold.sum(), (~gold).sum()) < LEAST_ROWS:
        return unchanged
    start = _losses(unchanged(logits), gold)
    found, most = unchanged, 0.0
    for fit in (platt, isotonic):
        gain = start - _losses(_held_out(fit, logits, gold, folds), gold)
        error = gain.std() / np.sqrt(len(gain))
        if gain.mean() > max(error, most):
            found, most = fit(logits, gold), gain.mean()
    return found


def _held_out(
    fit: Fit, logits: np.ndarray, gold: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """The probabilities of each fold, by a map fitted to the others."""
    shares = np.empty(len(logits))
    for fold in np.unique(folds):
        own = folds == fold
        shares[own] = fit(logits[~own], gold[~own])(logits[own])
    return shares


def _losses(shares: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Cross-entropies in nats, [N]."""
    shares = np.clip(shares, 1e-12, 1 - 1e-12)
    return -np.log(np.where(gold, shares, 1 - shares))


def platt(logits: np.ndarray, gold: np.ndarray) -> label_map.LabelMap:
    """The line with the smallest cross-entropy against Platt's targets, which
    are a little inside of 0 and 1."""
    import scipy.optimize

    positive = int(gold.sum())
    targets = np.where(
        gold,
        (positive + 1) / (positive + 2),
        1 / (len(gold) - positive + 2),
    )

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        scale = np.exp(line[0])  # which keeps the order of the rows
        values = scale * logits + line[1]
        slope = 0.5 * (1 + np.tanh(values / 2)) - targets
        total = np.logaddexp(0, values) - targets * values
        return total.mean(), np.array(
            [(slope * scale * logits).mean(), slope.mean()]
        )

    found = scipy.optimize.minimize(
        loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-4, 4)] * 2
    )
    return label_map.LabelMap(
        scale=float(np.exp(found.x[0])), bias=float(found.x[1])
    )


def isotonic(logits: np.ndarray, gold: np.ndarray) -> label_map.LabelMap:
    """The broken line of centered isotonic regression.

    Its ends stay inside of 0 and 1, since N rows cannot show that something
    never happens.
    """
    import sklearn.isotonic

    order = np.argsort(logits, kind="stable")
    levels = sklearn.isotonic.IsotonicRegression().fit_transform(
        logits[order], gold[order].astype(np.float64)
    )
    values, places = np.unique(levels, return_inverse=True)
    mean = functools.partial(np.bincount, places)
    centers = mean(weights=logits[order]) / mean()
    least = 0.5 / len(logits)
    return label_map.LabelMap(
        logits=tuple(centers.tolist()),
        probabilities=tuple(np.clip(values, least, 1 - least).tolist()),
    )
