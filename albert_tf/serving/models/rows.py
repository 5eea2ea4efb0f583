"""Splits the outputs of a batch among its requests."""

from collections.abc import Set

import numpy as np

# Values that an export writes into unused slots of a row.
_UNUSED = {"O": b"", "i": -1, "f": 0.0}
# Outputs by written piece; all others are by piece or word of the text that was
# read, which is also the last axis of the attention.
_ATTENTION = "attention"
_OF_WRITTEN = ("written", _ATTENTION)


def split(
    outputs: dict[str, np.ndarray], counts: list[int], padded: Set[str]
) -> list[dict[str, np.ndarray]]:
    """Splits outputs along the batch axis.

    Args:
        outputs: arrays whose first axis has the rows of all requests.
        counts: number of rows of each request.
        padded: names of outputs whose second axis is padded to the longest row
            of the batch. Slots that only other requests need are removed:

            words [[a, b, c], [d, "", ""]], counts [1, 1]:
                [[a, b, c]] and [[d]]
    """
    ends = np.cumsum(counts)
    parts = [
        {name: array[end - count : end] for name, array in outputs.items()}
        for count, end in zip(counts, ends, strict=True)
    ]
    if len(parts) > 1:
        return [_trimmed(part, padded) for part in parts]
    return parts


def _trimmed(
    part: dict[str, np.ndarray], padded: Set[str]
) -> dict[str, np.ndarray]:
    # Arrays of the same length describe the same slots, so a probability that
    # happens to be 0 is kept along with its word.
    used: dict[tuple[bool, int], int] = {}
    for name in padded:
        array = part[name]
        if array.dtype.kind in _UNUSED:
            other_axes = tuple(a for a in range(array.ndim) if a != 1)
            taken = (array != _UNUSED[array.dtype.kind]).any(axis=other_axes)
            last = int(np.flatnonzero(taken)[-1]) + 1 if taken.any() else 0
            slots = name in _OF_WRITTEN, array.shape[1]
            used[slots] = max(used.get(slots, 0), last)
    found = dict(part)
    for name in padded:
        array = part[name]
        found[name] = array[
            :, : used.get((name in _OF_WRITTEN, array.shape[1]))
        ]
        if name == _ATTENTION and array.ndim > 2:
            read = used.get((False, array.shape[2]))
            found[name] = found[name][:, :, :read]
    return found
