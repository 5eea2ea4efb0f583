"""Encoded examples, ready to be batched, in memory and in files.

A row is a sequence that the model reads at once: [CLS] a [SEP], or [CLS] a
[SEP] b [SEP]. An item is the unit of batches: one row, or the C rows of a
multiple-choice question, or the windows of a long text. One example may have
several items, such as the windows of a question's context.
"""

import array
import dataclasses
import functools
import io
from collections.abc import Iterable
from typing import Any

import numpy as np

from data_pipeline.io import files

# Stands for a missing label.
NO_LABEL = -1
# Fields of Features that may be None.
_OPTIONAL = ("window_counts", "text_lengths", "is_cut")
_TARGETS = "targets/"


@dataclasses.dataclass(frozen=True)
class Targets:
    """The texts to write for the I items of a data set.

    Attributes:
        row_splits: int64 [I + 1]; item i has
            token_ids[row_splits[i]:row_splits[i + 1]].
        token_ids: int32 [tokens of all items], [CLS] text [SEP] of each.
        max_length: the most tokens of a target.
        max_source_length: S, the most tokens of a source.
        full_lengths: int32 [I], the number of tokens before any were cut.
    """

    row_splits: np.ndarray
    token_ids: np.ndarray
    max_length: int
    max_source_length: int
    full_lengths: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """int64 [I]: the number of tokens in each target."""
        return np.diff(self.row_splits)

    @functools.cached_property
    def table(self) -> Any:
        """The targets as a ragged tensor [I, tokens], as `Features.tables`."""
        import tensorflow as tf

        return tf.RaggedTensor.from_row_splits(
            self.token_ids, self.row_splits, validate=False
        )

    def length_of(self, length: int) -> int:
        """T of the batches whose sources are padded to `length`."""
        if length < self.max_source_length:
            return min(length, self.max_length)
        return self.max_length

    def packed_length(self, sources: int) -> int:
        """T of packed rows of S tokens: as many target tokens as belong to S
        source tokens on average, in steps of 8.

        Args:
            sources: the number of tokens of all sources.
        """
        share = int(self.row_splits[-1]) / max(sources, 1)
        return max(
            8 * round(self.max_source_length * share / 8), self.max_length
        )


@dataclasses.dataclass(frozen=True)
class Features:
    """The I items of a data set.

    Attributes:
        row_splits: int64 [R + 1]; row r is row_splits[r]:row_splits[r + 1] of
            each sequence.
        sequences: by name, int32 [tokens of all rows]; always has token_ids
            and segment_ids.
        labels: by name, arrays [I, ...].
        example: int32 [I], the number of each item's example.
        rows_per_item: C; R = I * C.
        window_counts: int32 [I], the number of each item's rows, if it may be
            another for each item, and R is their sum; else None.
        window_length: S, the length of all rows of an item that has several.
        text_lengths: int32 [I], the number of tokens that each item's texts
            have, [CLS] and [SEP] among them; None if it is not known.
        is_cut: bool [I], whether some of these are in no row; None if it is
            not known.
        targets: the texts to write, if there are any.
    """

    row_splits: np.ndarray
    sequences: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    example: np.ndarray
    rows_per_item: int = 1
    window_counts: np.ndarray | None = None
    window_length: int = 0
    text_lengths: np.ndarray | None = None
    is_cut: np.ndarray | None = None
    targets: Targets | None = None

    def __len__(self) -> int:
        return len(self.example)

    @property
    def lengths(self) -> np.ndarray:
        """int64 [I]: the number of tokens in each item's longest row."""
        rows = np.diff(self.row_splits)
        if self.window_counts is not None:
            return rows[self.first_rows]  # the others are not longer
        rows = rows.reshape(-1, self.rows_per_item)
        return rows.max(axis=1, initial=0)

    @property
    def first_rows(self) -> np.ndarray:
        """int64 [I]: the number of each item's first row."""
        if self.window_counts is None:
            return np.arange(len(self), dtype=np.int64) * self.rows_per_item
        return np.cumsum(self.window_counts) - self.window_counts

    def lengths_of_items(self, pack: bool) -> np.ndarray:
        """int64 [I]: the room that each item takes in a row: that of its
        longest row, or in packed rows, that of all its rows. That of several
        windows is W * S."""
        if self.window_counts is not None:
            whole = self.window_counts.astype(np.int64) * self.window_length
            return np.where(self.window_counts > 1, whole, self.lengths)
        if self.targets is not None:
            return self._lengths_with_targets(self.targets, pack)
        if not pack:
            return self.lengths
        rows = np.diff(self.row_splits).reshape(-1, self.rows_per_item)
        return rows.sum(axis=1)

    def _lengths_with_targets(self, targets: Targets, pack: bool) -> np.ndarray:
        """As `lengths_of_items`. A row also has room for the target: T tokens
        for S of the source, or in packed rows as many as `packed_length` says.
        """
        most = targets.max_source_length
        if not pack:
            longest = np.minimum(targets.lengths, most)
            return np.maximum(self.lengths, longest)
        room = targets.packed_length(int(self.row_splits[-1]))
        # Rounded up: the sum over a row is then at most the room.
        shares = -(-targets.lengths * most // room)
        return np.maximum(self.lengths, shares)

    @functools.cached_property
    def tables(self) -> dict[str, Any]:
        """The sequences as ragged tensors [R, tokens], made once for all
        datasets that read them."""
        # Processes that only encode do not need TensorFlow.
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
    """Makes Features from rows, each a dict of token_ids and segment_ids.

    Rows are consumed one at a time, because Python lists take 10 times the
    memory of arrays.
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
    """Concatenates parts of one data set, in which `example` already counts
    across the whole set."""
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
    """Writes a .npz file, completely or not at all."""
    arrays: dict[str, Any] = {
        "row_splits": features.row_splits,
        "example": features.example,
        "rows_per_item": features.rows_per_item,
        **{f"sequences/{k}": v for k, v in features.sequences.items()},
        **{f"labels/{k}": v for k, v in features.labels.items()},
        "window_length": features.window_length,
    }
    for name in _OPTIONAL:
        if getattr(features, name) is not None:
            arrays[name] = getattr(features, name)
    if features.targets is not None:
        for field in dataclasses.fields(Targets):
            value = getattr(features.targets, field.name)
            arrays[f"{_TARGETS}{field.name}"] = value
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    files.write(path, buffer.getvalue())


def load(path: str) -> Features:
    """Reads what `save` wrote. Nothing is unpickled.

    Raises:
        ValueError, OSError, KeyError: the file is damaged.
    """
    with files.open(path, "rb") as file:
        archive = np.load(io.BytesIO(file.read()), allow_pickle=False)
    arrays = {name: archive[name] for name in archive.files}

    def group(prefix: str) -> dict[str, np.ndarray]:
        return {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }

    found = group(_TARGETS)
    targets = None
    if found:
        targets = Targets(
            found["row_splits"],
            found["token_ids"],
            int(found["max_length"]),
            int(found["max_source_length"]),
            found["full_lengths"],
        )
    return Features(
        arrays["row_splits"],
        group("sequences/"),
        group("labels/"),
        arrays["example"],
        int(arrays["rows_per_item"]),
        window_length=int(arrays["window_length"]),
        targets=targets,
        **{name: arrays[name] for name in _OPTIONAL if name in arrays},
    )
