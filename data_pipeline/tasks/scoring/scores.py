"""The metrics that benchmarks report.

    accuracy(["a", "b"], ["a", "a"])  # {"accuracy": 0.5}

Each function takes gold and predicted values in lists of equal length, with one
value for each example, and returns numbers by name, so that several can be
merged. Matthews correlation, F1 and errors are scikit-learn's; Pearson and
Spearman correlation are SciPy's.
"""

import collections
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging


def accuracy(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """The share of correct predictions."""
    check_lengths(gold, predicted)
    right = sum(g == p for g, p in zip(gold, predicted, strict=True))
    return {"accuracy": right / len(gold)}


def accuracy_by_group(
    gold: Sequence, predicted: Sequence, groups: Sequence[str]
) -> dict[str, float]:
    """The accuracy over all examples, and accuracy/<group> for each group.

    Groups are, for example, RACE's "middle" and "high"; "" stands for no group.
    """
    check_lengths(gold, groups)
    result = accuracy(gold, predicted)
    for group in sorted(set(groups) - {""}):
        own = [i for i, name in enumerate(groups) if name == group]
        within = accuracy([gold[i] for i in own], [predicted[i] for i in own])
        result[f"accuracy/{group}"] = within["accuracy"]
    return result


def matthews(gold: Sequence, predicted: Sequence) -> dict[str, float]:
    """CoLA's Matthews correlation; 0 if all predictions are the same."""
    check_lengths(gold, predicted)
    import sklearn.metrics

    value = sklearn.metrics.matthews_corrcoef(gold, predicted)
    return {"matthews": float(value)}


def f1(
    gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str]
) -> dict[str, float]:
    """MRPC's and QQP's F1, of labels[1] against all others."""
    check_lengths(gold, predicted)
    value = _f1(
        [label == labels[1] for label in gold],
        [label == labels[1] for label in predicted],
    )
    return {"f1": value}


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """The mean F1 of the classes that occur in `gold` or in `predicted`."""
    check_lengths(gold, predicted)
    import sklearn.metrics

    value = sklearn.metrics.f1_score(
        gold, predicted, average="macro", zero_division=0
    )
    return {"macro_f1": float(value)}


def multilabel(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    labels: Sequence[str],
) -> dict[str, float]:
    """F1 over all decisions (micro_f1), and the mean F1 of labels (macro_f1).

    A label that occurs in neither `gold` nor `predicted` counts as 0.

    Args:
        gold, predicted: the labels of each example, out of `labels`.
        labels: all C labels.
    """
    check_lengths(gold, predicted)
    is_gold, is_predicted = (
        np.array([[label in own for label in labels] for own in side])
        for side in (gold, predicted)
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
    """STS-B's pearson and spearman; 0 if one side is constant.

    Raises:
        FloatingPointError: a number is not finite.
    """
    check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    if np.ptp(gold) == 0 or np.ptp(predicted) == 0:
        logging.warning(
            "Numbers must vary for a correlation. Received: %d labels from %g "
            "to %g, predictions from %g to %g. It is reported as 0.",
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
    """The mean squared difference.

    Raises:
        FloatingPointError: a number is not finite.
    """
    check_lengths(gold, predicted)
    _check_finite(gold, predicted)
    import sklearn.metrics

    value = sklearn.metrics.mean_squared_error(gold, predicted)
    return {"mean_squared_error": float(value)}


def majority(labels: Sequence) -> Any:
    """The most frequent label; the smallest among equally frequent ones.

    A model must beat `accuracy(gold, [majority(train)] * len(gold))`.
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
            "predictions. Score labeled examples that were not skipped."
        )


def check_outputs(logits: np.ndarray) -> None:
    """Raises FloatingPointError if a model's outputs are not finite."""
    wrong = logits.size - int(np.isfinite(logits).sum())
    if wrong:
        raise FloatingPointError(
            "A model's outputs must be finite numbers. Received: "
            f"{wrong:,} of {logits.size:,} that are not. A model that predicts "
            "them has diverged; use an earlier checkpoint."
        )


def _check_finite(gold: Sequence[float], predicted: Sequence[float]) -> None:
    for name, numbers in (("labels", gold), ("predictions", predicted)):
        wrong = [i for i, x in enumerate(numbers) if not math.isfinite(x)]
        if wrong:
            raise FloatingPointError(
                "Labels and predictions must be finite numbers. Received: "
                f"{len(wrong)} {name} that are not, the first "
                f"{numbers[wrong[0]]} at {wrong[0]}. A model that predicts "
                "them has diverged; use an earlier checkpoint."
            )
