"""Scores of single classes, and which classes are confused."""

import collections
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import numpy as np

# Larger matrices are not readable.
MAX_CLASSES = 30
MAX_PAIRS = 30


def by_class(
    gold: Any, predicted: Any, names: Mapping[Any, str]
) -> list[dict[str, Any]]:
    """The scores of each class.

    Args:
        gold, predicted: a class for each row; or, for rows with any number of
            classes, bool [N, C] with columns in the order of `names`.
        names: the displayed name of each class, by class.
    Returns:
        For each class its name, precision, recall, f1, and the numbers of its
        rows and of its predictions.
    """
    import sklearn.metrics

    values = sklearn.metrics.precision_recall_fscore_support(
        gold,
        predicted,
        labels=range(len(names)) if np.ndim(gold) == 2 else list(names),
        average=None,
        zero_division=0,
    )
    if np.ndim(gold) == 2:
        predictions = np.sum(predicted, axis=0)
    else:
        counts = collections.Counter(predicted)
        predictions = [counts[label] for label in names]
    return [
        {
            "name": name,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "rows": int(rows),
            "predicted": int(count),
        }
        for name, precision, recall, f1, rows, count in zip(
            names.values(), *values, predictions, strict=True
        )
    ]


def matrix(
    gold: Any, predicted: Any, names: Mapping[Any, str]
) -> dict[str, Any] | None:
    """The confusion matrix, or None for more than MAX_CLASSES classes.

    Args:
        gold, predicted: a class for each row.
        names: the displayed name of each class, by class.
    Returns:
        names, and counts by true class (rows) and predicted class (columns).
    """
    if len(names) > MAX_CLASSES:
        return None
    import sklearn.metrics

    counts = sklearn.metrics.confusion_matrix(
        gold, predicted, labels=list(names)
    )
    return {"names": list(names.values()), "counts": counts.tolist()}


def pairs(
    found: Iterable[tuple[Hashable, Hashable]], names: Mapping[Any, str]
) -> list[dict[str, Any]]:
    """The MAX_PAIRS most frequent confusions.

    Args:
        found: (true class, predicted class) of each row.
        names: the displayed name of each class, by class.
    """
    counts = collections.Counter(pair for pair in found if pair[0] != pair[1])
    return [
        {
            "label": names.get(label, str(label)),
            "prediction": names.get(prediction, str(prediction)),
            "rows": count,
        }
        for (label, prediction), count in counts.most_common(MAX_PAIRS)
    ]
