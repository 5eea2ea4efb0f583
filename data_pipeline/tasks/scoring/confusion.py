"""Scores of single classes, and which classes are confused."""

import collections
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
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
        For each class its name, precision, recall, f1, support, the number of
        its rows, and predicted, the number of its predictions.
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
            "support": int(support),
            "predicted": int(count),
        }
        for name, precision, recall, f1, support, count in zip(
            names.values(), *values, predictions, strict=True
        )
    ]


def averages(
    by_class: Sequence[Mapping[str, Any]], *, with_micro: bool
) -> list[dict[str, Any]]:
    """Averages of the scores of classes.

    Args:
        by_class: the result of `by_class`.
        with_micro: whether to add the scores of all decisions together, which
            for one class in each row are all equal to the accuracy.
    Returns:
        macro, the mean over classes that occur or are predicted, and weighted,
        by support; each with name, and the numbers of the classes that are
        scores. A class without a score, None, is left out of its mean.
    """
    shown = [row for row in by_class if row["support"] or row["predicted"]]
    names = [
        name
        for name in (by_class[0] if by_class else ())
        if name not in ("name", "support", "predicted")
    ]
    if not shown:
        return []
    found = []
    if with_micro:
        right = sum(row["recall"] * row["support"] for row in shown)
        predicted = sum(row["predicted"] for row in shown)
        support = sum(row["support"] for row in shown)
        found.append(
            {
                "name": "micro",
                "precision": right / max(predicted, 1),
                "recall": right / max(support, 1),
                "f1": 2 * right / max(predicted + support, 1),
            }
        )
    weights = {"macro": [1] * len(shown)}
    weights["weighted"] = [row["support"] for row in shown]
    for average, own in weights.items():
        values = {name: _mean([r[name] for r in shown], own) for name in names}
        found.append({"name": average, **values})
    return found


def _mean(
    values: Sequence[float | None], weights: Sequence[int]
) -> float | None:
    known = [
        (value, weight)
        for value, weight in zip(values, weights, strict=True)
        if value is not None and weight
    ]
    if not known:
        return None
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total


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
