"""Several rankings as one, by reciprocal rank.

Source: Cormack, Clarke and Buettcher 2009, "Reciprocal rank fusion outperforms
Condorcet and individual rank learning methods".
"""

from collections.abc import Hashable
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)
# The constant of the paper.
K = 60


def reciprocal_rank(
    rankings: Sequence[Sequence[Item]],
) -> list[tuple[Item, float]]:
    """Fuses rankings: an item's score is the sum of 1 / (60 + rank).

    Args:
        rankings: items of each ranking, the best first; ranks count from 1.
    Returns:
        (item, score), the largest score first; of equal ones, the item that
        was seen first.
    """
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (K + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
