"""Runs an exported form on a batch of rows of different lengths.

Forms of ids do not pack several texts into a row, as the SavedModel does. So
rows of about the same length are run together, without the padding that rows of
other lengths need, and forms that take one row at a time get one.
"""

import dataclasses

import numpy as np

from albert_tf.exporting import ids_function

# Lengths up to the same multiple of this are run together, and so many rows.
_STEP = 16
_MOST = 32

Batch = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class RowGroups:
    """A runner of batches, from a runner of what a form takes.

    Attributes:
        runner: runs the form.
        is_by_row: whether the outputs have no axis of tokens, so that rows may
            be cut to their lengths.
        takes_one: whether the form takes one row at a time.
        fixed: the length of all rows that it takes; None if any.
    """

    runner: ids_function.Runner
    is_by_row: bool
    takes_one: bool = False
    fixed: int | None = None

    def __call__(self, batch: Batch) -> Batch:
        """Runs a batch [B, S] or [B, N, S]; outputs have the axis B first."""
        length = batch["token_ids"].shape[-1]
        found = [
            (rows, self._run({k: v[rows] for k, v in batch.items()}, length))
            for rows in self._groups(batch)
        ]
        order = np.argsort(np.concatenate([rows for rows, _ in found]))
        return {
            name: np.concatenate([outputs[name] for _, outputs in found])[order]
            for name in found[0][1]
        }

    def _groups(self, batch: Batch) -> list[np.ndarray]:
        count = len(batch["token_ids"])
        if self.takes_one:
            return list(np.arange(count)[:, np.newaxis])
        if not self.is_by_row:
            return [np.arange(count)]
        steps = -(-_lengths(batch) // _STEP)
        alike = [np.flatnonzero(steps == step) for step in np.unique(steps)]
        return [
            rows[first : first + _MOST]
            for rows in alike
            for first in range(0, len(rows), _MOST)
        ]

    def _run(self, batch: Batch, length: int) -> Batch:
        ids = batch["token_ids"].shape
        width = self.fixed or length
        if self.is_by_row and not self.fixed:
            width = int(_lengths(batch).max())
        outputs = self.runner(
            {
                name: _resized(values, width) if values.shape == ids else values
                for name, values in batch.items()
            }
        )
        if self.is_by_row or not self.fixed:
            return outputs
        # Outputs by token, such as [B, S, C], have no rows that were added.
        return {
            name: values[:, :length]
            if values.ndim > 1 and values.shape[1] == self.fixed
            else values
            for name, values in outputs.items()
        }


def _lengths(batch: Batch) -> np.ndarray:
    """The number of tokens of each row, [B]; for choices the longest's."""
    lengths = batch["padding_mask"].sum(-1)
    return lengths.reshape(len(lengths), -1).max(-1)


def _resized(values: np.ndarray, width: int) -> np.ndarray:
    """Rows [..., S] cut or padded to a width."""
    missing = width - values.shape[-1]
    if missing <= 0:
        return values[..., :width]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])
