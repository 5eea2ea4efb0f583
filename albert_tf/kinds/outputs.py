"""Splits the outputs of batches into items, and stacks them again."""

from collections.abc import Iterator

import numpy as np


def items(
    batch: dict[str, np.ndarray],
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Yields (item, its outputs) for a batch of outputs with key "item"."""
    numbers = batch.pop("item")
    first = batch.pop("first_positions", None)
    pack_ids = batch.pop("pack_ids", None)
    if first is None or pack_ids is None:
        for row in np.flatnonzero(numbers >= 0):
            yield numbers[row], {k: v[row] for k, v in batch.items()}
        return
    for row, slot in np.argwhere(numbers >= 0):
        found = {}
        for name, value in batch.items():
            if value.shape[:2] == pack_ids.shape:  # an output for each token
                length = int((pack_ids[row] == slot + 1).sum())
                start = first[row, slot]
                found[name] = value[row, start : start + length]
            else:
                found[name] = value[row, slot]
        yield numbers[row, slot], found


def stacked(
    parts: list[tuple[int, dict[str, np.ndarray]]],
) -> dict[str, np.ndarray]:
    """Stacks the outputs of all items, sorted by item; {} without items."""
    if not parts:
        return {}
    found = [outputs for _, outputs in sorted(parts, key=lambda part: part[0])]
    return {name: _filled([own[name] for own in found]) for name in found[0]}


def _filled(arrays: list[np.ndarray]) -> np.ndarray:
    """Stacks arrays that may differ in their first axis."""
    if len({array.shape for array in arrays}) == 1:
        return np.stack(arrays)
    longest = max(len(array) for array in arrays)
    shape = (len(arrays), longest, *arrays[0].shape[1:])
    fill = -1e30 if arrays[0].ndim == 1 else 0
    filled = np.full(shape, fill, arrays[0].dtype)
    for row, array in zip(filled, arrays, strict=True):
        row[: len(array)] = array
    return filled
