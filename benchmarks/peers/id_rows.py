"""Rows of ids of different lengths, in files and as padded arrays.

NumPy and the standard library only, as all that peers run.
"""

from collections.abc import Sequence

import numpy as np


def write(path: str, **columns: Sequence[Sequence[int]]) -> None:
    """Writes columns of rows of ids as one .npz file."""
    arrays = {}
    for name, rows in columns.items():
        arrays[f"{name}_ends"] = np.cumsum([len(row) for row in rows])
        arrays[f"{name}_ids"] = np.array(
            [each for row in rows for each in row], np.int32
        )
    np.savez(path, **arrays)


def read(path: str) -> dict[str, list[list[int]]]:
    """The columns that `write` wrote, by name."""
    with np.load(path) as file:
        names = [
            name.removesuffix("_ends")
            for name in file.files
            if name.endswith("_ends")
        ]
        return {
            name: [
                part.tolist()
                for part in np.split(
                    file[f"{name}_ids"], file[f"{name}_ends"][:-1]
                )
            ]
            for name in names
        }


def padded(rows: Sequence[Sequence[int]], value: int = 0) -> np.ndarray:
    """Rows filled up to the longest, int64 [rows, longest]."""
    array = np.full((len(rows), max(map(len, rows))), value, np.int64)
    for number, row in enumerate(rows):
        array[number, : len(row)] = row
    return array


def batches_by_tokens(
    lengths: Sequence[int], tokens: int, random: np.random.Generator
) -> list[list[int]]:
    """Batches of rows of about the same length, in random order.

    Args:
        lengths: of each row.
        tokens: how many a batch may have, padding included. A longer row is a
            batch of its own.
        random: draws the order, also that of rows of one length.
    Returns:
        The numbers of the rows of each batch. Each row is in one of them.
    """
    order = random.permutation(len(lengths))
    order = order[np.argsort(np.asarray(lengths)[order], kind="stable")]
    batches: list[list[int]] = []
    for number in order.tolist():
        # Sorted: the newest row is the longest of its batch.
        if not batches or (len(batches[-1]) + 1) * lengths[number] > tokens:
            batches.append([])
        batches[-1].append(number)
    return [batches[number] for number in random.permutation(len(batches))]
