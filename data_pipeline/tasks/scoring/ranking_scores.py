"""How well probabilities rank rows, whatever the threshold."""

import numpy as np


def by_label(
    probabilities: np.ndarray, is_gold: np.ndarray
) -> list[dict[str, float | None]]:
    """The areas under the ROC curve and the precision-recall curve.

    Args:
        probabilities: [N, C].
        is_gold: bool [N, C]; classes are one against all others.
    Returns:
        For each class roc_auc and average_precision; None where all rows have
        the class, or no row has it.
    """
    import sklearn.metrics

    found: list[dict[str, float | None]] = []
    for own, gold in zip(probabilities.T, is_gold.T, strict=True):
        areas: dict[str, float | None]
        areas = {"roc_auc": None, "average_precision": None}
        if gold.any() and not gold.all():
            areas = {
                "roc_auc": float(sklearn.metrics.roc_auc_score(gold, own)),
                "average_precision": float(
                    sklearn.metrics.average_precision_score(gold, own)
                ),
            }
        found.append(areas)
    return found
