"""A batch's outputs given back to the requests that it was made of."""

from collections.abc import Set

import numpy as np

# What an export writes into slots that a row does not use.
_UNUSED = {"O": b"", "i": -1, "f": 0.0}


def split(
    outputs: dict[str, np.ndarray], counts: list[int], padded: Set[str]
) -> list[dict[str, np.ndarray]]:
    """Cuts outputs along the batch.

    Args:
        outputs: arrays whose first axis is as long as all requests.
        counts: rows of each request.
        padded: names of those whose second axis is as long as the longest row
            makes it; what only another request's rows need is taken off.

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
    # Arrays of one length describe the same slots: a probability that happens
    # to be 0 stays, since its word does.
    used: dict[int, int] = {}
    for name in padded:
        array = part[name]
        if array.dtype.kind in _UNUSED:
            other_axes = tuple(a for a in range(array.ndim) if a != 1)
            taken = (array != _UNUSED[array.dtype.kind]).any(axis=other_axes)
            last = int(np.flatnonzero(taken)[-1]) + 1 if taken.any() else 0
            length = array.shape[1]
            used[length] = max(used.get(length, 0), last)
    return {
        name: array[:, : used.get(array.shape[1])] if name in padded else array
        for name, array in part.items()
    }
