"""Metrics as the benchmarks report them, from gold and predicted values.

    accuracy(["a", "b"], ["a", "a"])  # {"accuracy": 0.5}

Each takes lists of equal length, one value an example, and returns numbers by
name, so that several go into one dict. Classification, correlation and F1 are
scikit-learn's and SciPy's.
"""

import collections
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging


def accuracy(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """The share that is right."""
    check_lengths(gold, predicted)
    right = sum(g == p for g, p in zip(gold, predicted, strict=True))
    return {"accuracy": right / len(gold)}


def accuracy_by_group(
    gold: Sequence, predicted: Sequence, groups: Sequence[str]
) -> dict[str, float]:
    """accuracy over all, and accuracy/<group> in each, as RACE's "middle";
    "" is no group."""
    check_lengths(gold, groups)
    result = accuracy(gold, predicted)
    for group in sorted(set(groups) - {""}):
        own = [i for i, name in enumerate(groups) if name == group]
        part = accuracy([gold[i] for i in own], [predicted[i] for i in own])
        result[f"accuracy/{group}"] = part["accuracy"]
    return result


def matthews(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """Matthews correlation, CoLA's; 0 where all predictions are the same."""
    check_lengths(gold, predicted)
    import sklearn.metrics

    value = sklearn.metrics.matthews_corrcoef(gold, predicted)
    return {"matthews": float(value)}


def f1(
    gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, float]:
    """F1 of labels[1] against all others, MRPC's and QQP's."""
    check_lengths(gold, predicted)
    value = _f1(
        [label == labels[1] for label in gold],
        [label == labels[1] for label in predicted],
    )
    return {"f1": value}


def multilabel(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    labels: Sequence[str],
) -> dict[str, float]:
    """F1 over all decisions (micro_f1), and the mean of the labels' F1
    (macro_f1), where a label that is never given nor found counts 0.

    Args:
        gold, predicted: the labels of each example, out of `labels`.
    """
    check_lengths(gold, predicted)
    is_gold, is_predicted = (
        np.array([[label in own for label in labels] for own in part])
        for part in (gold, predicted)
    )  # bool [N, C] each
    by_label = [
        _f1(is_gold[:, c], is_predicted[:, c]) for c in range(len(labels))
    ]
    return {
        "micro_f1": _f1(is_gold.ravel(), is_predicted.ravel()),
        "macro_f1": sum(by_label) / len(by_label),
    }


def correlation(
    gold: Sequence[float], predicted: Sequence[float]
) -> dict[str, float]:
    """pearson and spearman, STS-B's; 0 where one side does not vary.

    Raises:
        FloatingPointError: a number is not finite.
    """
    check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    if np.ptp(gold) == 0 or np.ptp(predicted) == 0:
        logging.warning(
            "A correlation must have numbers that differ. Received: %d labels "
            "from %g to %g, predictions from %g to %g. It is reported as 0.",
            len(gold),
            min(gold),
            max(gold),
            min(predicted),
            max(predicted),
        )
        return {"pearson": 0.0, "spearman": 0.0}
    import scipy.stats

    return {
        "pearson": float(scipy.stats.pearsonr(gold, predicted)[0]),
        "spearman": float(scipy.stats.spearmanr(gold, predicted)[0]),
    }


def mean_squared_error(
    gold: Sequence[float], predicted: Sequence[float]
) -> dict[str, float]:
    """The mean of the squared differences.

    Raises:
        FloatingPointError: a number is not finite.
    """
    check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    import sklearn.metrics

    value = sklearn.metrics.mean_squared_error(gold, predicted)
    return {"mean_squared_error": float(value)}


def majority(labels: Sequence) -> Any:
    """The commonest label, the smallest of equally common ones: what a model
    must beat. `accuracy(gold, [majority(train)] * len(gold))`.
    """
    counts = collections.Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _f1(gold: Any, predicted: Any) -> float:
    import sklearn.metrics

    return float(sklearn.metrics.f1_score(gold, predicted, zero_division=0))


def check_lengths(gold: Sequence, predicted: Sequence) -> None:
    """Raises ValueError unless there is one prediction for each label."""
    if not len(gold) or len(gold) != len(predicted):
        raise ValueError(
            "Each label must have one prediction, and there must be at least "
            f"one label. Received: {len(gold)} labels, {len(predicted)} "
            "predictions. Score labelled examples that were not skipped."
        )


def _check_finite(*parts: Sequence[float]) -> None:
    for name, numbers in zip(("labels", "predictions"), parts, strict=True):
        wrong = [i for i, x in enumerate(numbers) if not math.isfinite(x)]
        if wrong:
            raise FloatingPointError(
                f"Labels and predictions must be finite numbers. Received: "
                f"{len(wrong)} {name} that are not, the first "
                f"{numbers[wrong[0]]} at {wrong[0]}. A model that predicts "
                "them has diverged: take an earlier checkpoint."
            )
