"""Examples as ids, ready to be batched; kept in memory and in a file.

A row is what the model reads at once: [CLS] a [SEP], with b [SEP]. An item is
what is put into batches: one row, or the C rows of a multiple choice. Several
items may be of one example: the windows of a long text.
"""

import array
import dataclasses
import functools
import io
from collections.abc import Iterable
from typing import Any

import numpy as np

from data_pipeline.io import files

# In place of a label where there is none.
NO_LABEL = -1


@dataclasses.dataclass(frozen=True)
class Features:
    """The items of a data set, I of them.

    row_splits: int64 [R + 1]; row r is row_splits[r]:row_splits[r + 1] of each
        of the sequences.
    sequences: by name, int32 [tokens of all rows]; token_ids and segment_ids
        among them.
    labels: by name, arrays [I, ...].
    example: int32 [I], the number of the example that an item is of.
    rows_per_item: C; R = I * C.
    """

    row_splits: np.ndarray
    sequences: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    example: np.ndarray
    rows_per_item: int = 1

    def __len__(self) -> int:
        return len(self.example)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [I]: tokens of an item's longest row."""
        rows = np.diff(self.row_splits).reshape(-1, self.rows_per_item)
        return rows.max(axis=1, initial=0)

    @functools.cached_property
    def tables(self) -> dict[str, Any]:
        """The sequences as ragged tensors [R, tokens], made once for all the
        datasets that read them."""
        # Not at the top: processes that only encode do without TensorFlow.
        import tensorflow as tf

        return {
            name: tf.RaggedTensor.from_row_splits(
                values, self.row_splits, validate=False
            )
            for name, values in self.sequences.items()
        }


def from_rows(
    rows: Iterable[dict[str, list[int]]],
    labels: dict[str, np.ndarray],
    example: list[int],
    rows_per_item: int = 1,
) -> Features:
    """Makes Features of rows, each the lists token_ids and segment_ids.

    Rows are taken one at a time: lists of Python take 10 times the memory.
    """
    values = {name: array.array("i") for name in ("token_ids", "segment_ids")}
    splits = array.array("q", [0])
    for row in rows:
        for name, found in row.items():
            values[name].extend(found)
        splits.append(splits[-1] + len(row["token_ids"]))
    return Features(
        np.array(splits, np.int64),
        {name: np.array(found, np.int32) for name, found in values.items()},
        labels,
        np.asarray(example, np.int32),
        rows_per_item,
    )


def join(parts: list[Features]) -> Features:
    """Puts parts of one data set together; `example` counts in the whole set
    already."""
    first = parts[0]
    starts = np.cumsum([0, *(part.row_splits[-1] for part in parts)])
    splits = [
        part.row_splits[1:] + start
        for part, start in zip(parts, starts, strict=False)
    ]
    return Features(
        np.concatenate([[0], *splits]).astype(np.int64),
        {
            name: np.concatenate([part.sequences[name] for part in parts])
            for name in first.sequences
        },
        {
            name: np.concatenate([part.labels[name] for part in parts])
            for name in first.labels
        },
        np.concatenate([part.example for part in parts]),
        first.rows_per_item,
    )


def save(features: Features, path: str) -> None:
    """Writes them as .npz; whole or not at all."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        row_splits=features.row_splits,
        example=features.example,
        rows_per_item=features.rows_per_item,
        **{f"sequences/{k}": v for k, v in features.sequences.items()},
        **{f"labels/{k}": v for k, v in features.labels.items()},
    )
    files.write(path, buffer.getvalue())


def load(path: str) -> Features:
    """Reads what `save` wrote. Nothing is unpickled.

    Raises:
        ValueError, OSError, KeyError: the file is damaged.
    """
    with files.open(path, "rb") as file:
        archive = np.load(io.BytesIO(file.read()), allow_pickle=False)
    arrays = {name: archive[name] for name in archive.files}

    def group(prefix):
        return {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }

    return Features(
        arrays["row_splits"],
        group("sequences/"),
        group("labels/"),
        arrays["example"],
        int(arrays["rows_per_item"]),
    )
