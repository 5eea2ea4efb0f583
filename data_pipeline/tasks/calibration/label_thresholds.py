"""A threshold for each of several labels, above which it is chosen.

The threshold of a label is the one with the largest F1 of this label, which
few rows determine badly: Zachary Lipton et al., "Optimal Thresholding of
Classifiers to Maximize F1 Measure", ECML 2014. So it is averaged with the
threshold with the largest micro F1, a single one for all labels, which counts
as much as COMMON_ROWS rows with the label.
"""

import numpy as np

COMMON_ROWS = 10


def best(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """The threshold of a label with the largest F1.

    Args:
        probabilities: [N], of the label.
        gold: bool [N], whether each row has it; at least one has.
    """
    order = np.argsort(-probabilities, kind="stable")
    sizes = probabilities[order]
    hits = np.cumsum(gold[order])
    # f1[n]: the F1 if the n + 1 likeliest rows are chosen.
    f1 = 2 * hits / (np.arange(1, len(sizes) + 1) + gold.sum())
    # Rows of equal probability are chosen together or not at all.
    ends = np.flatnonzero(np.append(np.diff(sizes) < 0, True))
    place = int(ends[f1[ends].argmax()])
    after = sizes[place + 1] if place + 1 < len(sizes) else 0.0
    return float((sizes[place] + after) / 2)


def of_labels(
    probabilities: np.ndarray, gold: np.ndarray, otherwise: float
) -> tuple[float, ...]:
    """The threshold of each label.

    Args:
        probabilities: [N, C].
        gold: bool [N, C]; some row has a label.
        otherwise: the threshold of labels that no row has.
    """
    common = best(probabilities.ravel(), gold.ravel())
    found = []
    for place, count in enumerate(gold.sum(axis=0).tolist()):
        own = otherwise
        if count:
            own = best(probabilities[:, place], gold[:, place])
            own = (count * own + COMMON_ROWS * common) / (count + COMMON_ROWS)
        found.append(own)
    return tuple(found)
