"""Intervals by drawing examples again, with replacement."""

from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

ROUNDS = 1000
_SEED = 0


def interval(
    sizes: Sequence[int],
    statistic: Callable[[list[np.ndarray]], float],
    rounds: int = ROUNDS,
) -> tuple[float, float]:
    """The middle 95% of a statistic of samples.

    Args:
        sizes: how many examples each file has.
        statistic: maps indices of drawn examples, one array [size] for each
            file, to a number.
        rounds: number of samples.
    Returns:
        The 2.5% and 97.5% percentiles.
    Source: Efron 1979, "Bootstrap Methods: Another Look at the Jackknife".
    """
    random = np.random.default_rng(_SEED)
    found = [
        statistic([random.integers(size, size=size) for size in sizes])
        for _ in range(rounds)
    ]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
