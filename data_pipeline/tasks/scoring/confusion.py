"""Which classes are right, and which are taken for which."""

import collections
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import numpy as np

# A matrix of more classes is nothing that a person reads.
MAX_CLASSES = 30
MAX_PAIRS = 30


def by_class(
    gold: Any, predicted: Any, names: Mapping[Any, str]
) -> list[dict[str, Any]]:
    """precision, recall and f1 of each class, its rows and its predictions.

    Args:
        gold, predicted: a class for each row; or bool [N, C], of rows that may
            have several, whose columns `names` is in the order of.
        names: what to call each class, by class.
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
    """names, and counts by true class (rows) and predicted class (columns);
    None of more classes than MAX_CLASSES."""
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
    """The most frequent (true, predicted) pairs of classes that differ."""
    counts = collections.Counter(pair for pair in found if pair[0] != pair[1])
    return [
        {
            "label": names.get(label, str(label)),
            "prediction": names.get(prediction, str(prediction)),
            "rows": count,
        }
        for (label, prediction), count in counts.most_common(MAX_PAIRS)
    ]
