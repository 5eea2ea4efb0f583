"""Draws the items of an epoch so that rare classes come more often."""

from collections.abc import Callable

import numpy as np

# Draws the items of an epoch, int [I].
Draw = Callable[[np.random.Generator], np.ndarray]


def drawer(count: int, classes: np.ndarray | None, power: float) -> Draw:
    """How the items of an epoch are drawn: by class, or each of `count` items
    once if there are no classes."""
    if classes is None:
        return lambda rng: rng.permutation(count)
    return lambda rng: epoch(classes, power, rng)


def epoch(
    classes: np.ndarray, power: float, rng: np.random.Generator
) -> np.ndarray:
    """The items of an epoch, in random order.

    An epoch has as many items as there are. A class gets a share of them in
    proportion to its number of items raised to `power`, and at least one. A
    class with more items than places is drawn without repeats; one with fewer
    has each item about equally often.

    Args:
        classes: int [I], the class of each item.
        power: 1: as the data is; 0: all classes equally often.
        rng: random numbers.
    Returns:
        int32 [I].

    Example:
        >>> found = epoch(
        ...     np.array([0] * 9 + [1]), 0.0, np.random.default_rng(0)
        ... )
        >>> sorted(found.tolist())[-5:]
        [9, 9, 9, 9, 9]
    """
    named, counts = np.unique(classes, return_counts=True)
    places = _places(counts, power)
    items = []
    for name, place in zip(named, places, strict=True):
        own = np.flatnonzero(classes == name)
        whole, rest = divmod(int(place), len(own))
        items += [own] * whole + [rng.permutation(own)[:rest]]
    return rng.permutation(np.concatenate(items)).astype(np.int32)


def _places(counts: np.ndarray, power: float) -> np.ndarray:
    """The number of items of each class in an epoch; their sum is that of the
    counts."""
    total = counts.sum()
    shares = counts.astype(float) ** power
    exact = np.maximum(total * shares / shares.sum(), 1)
    exact *= total / exact.sum()
    places = np.maximum(np.floor(exact).astype(int), 1)
    # The largest remainders get the places that are left; a class that was
    # raised to one place takes it from the largest.
    for number in np.argsort(places - exact, kind="stable")[
        : max(total - places.sum(), 0)
    ]:
        places[number] += 1
    places[places.argmax()] -= places.sum() - total
    return places
