"""Plans the batches of an evaluation."""

import numpy as np

from data_pipeline.batches import packing


def in_order(
    lengths: np.ndarray,
    buckets: tuple[int, ...],
    batch_size: int,
    pack: bool = False,
) -> list[tuple[int, np.ndarray]]:
    """The batches of an evaluation, with each item once.

    Returns:
        (length, items) of each bucket in use; items is int32 [batches, B], or
        [batches, B, K] if packed, with -1 in unused slots.
    """
    if pack:
        rows = packing.plan(lengths, max(buckets))
        return [(max(buckets), _filled_up(rows, batch_size))]
    bucket = np.searchsorted(buckets, lengths)
    found = []
    for number, length in enumerate(buckets):
        items = np.flatnonzero(bucket == number).astype(np.int32)
        if len(items):
            found.append((length, _filled_up(items, batch_size)))
    return found


def _filled_up(rows: np.ndarray, batch_size: int) -> np.ndarray:
    missing = -len(rows) % batch_size
    fill = np.full((missing, *rows.shape[1:]), -1, np.int32)
    rows = np.concatenate([rows.astype(np.int32), fill])
    return rows.reshape(-1, batch_size, *rows.shape[1:])
