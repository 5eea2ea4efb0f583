"""Rows in batches of similar lengths, and their answers in the rows' order."""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf.serving.models import rows as rows_lib
from albert_tf.serving.models import saved_model
from albert_tf.workflows.answering import inputs

# Rows that are put in order of length together, and bytes of their texts.
CHUNK_ROWS = 1024
CHUNK_BYTES = 1 << 24
# Rows of a batch; the bytes of its longest row times their number; the most
# masks of a row times their number, since each has logits over the vocabulary.
ROWS = 128
_PADDED = 1 << 17
_MASKS = 1024
_MASK = b"[MASK]"
# Gradients keep what all layers made.
_EXPLAIN_WEIGHT = 8


def chunks(
    rows: Iterable[inputs.Row], most: int = CHUNK_ROWS
) -> Iterator[list[inputs.Row]]:
    """Consecutive rows that are held at once, `most` at most."""
    chunk: list[inputs.Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += _length(row)
        if len(chunk) == most or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def run(
    signature: saved_model.Signature,
    rows: Sequence[inputs.Row],
    *,
    explains: bool = False,
) -> Iterator[tuple[list[int], list[dict[str, np.ndarray]]]]:
    """Runs rows in batches of those that are alike.

    Args:
        signature: to call.
        rows: of the inputs of the signature.
        explains: whether the signature explains, which takes more memory.
    Yields:
        numbers of rows, and the outputs of each: arrays whose first axis is 1,
        without slots that only other rows use.
    """
    weight = _EXPLAIN_WEIGHT if explains else 1
    for batch, outputs in outputs_of(signature, rows, weight=weight):
        counts = [1] * len(batch)
        yield batch, rows_lib.split(outputs, counts, signature.padded)


def outputs_of(
    signature: saved_model.Signature,
    rows: Sequence[inputs.Row],
    *,
    most: int = ROWS,
    weight: int = 1,
) -> Iterator[tuple[list[int], dict[str, np.ndarray]]]:
    """Runs rows in batches of those that are alike.

    Args:
        signature, rows: as in `run`.
        most: rows of a batch at most.
        weight: the memory that a row takes, compared with an answer.
    Yields:
        numbers of rows, and the outputs of all of them.
    """
    order = sorted(range(len(rows)), key=lambda number: _key(rows[number]))
    for _, alike in itertools.groupby(order, lambda n: _key(rows[n])[0]):
        for batch in _batches(rows, list(alike), most, weight):
            columns = {
                name: _column([rows[number][name] for number in batch], spec)
                for name, spec in signature.inputs.items()
            }
            yield batch, signature.call(columns)


def _batches(
    rows: Sequence[inputs.Row], order: Sequence[int], most: int, weight: int
) -> Iterator[list[int]]:
    """Numbers of rows, in order of length, in batches of bounded size."""
    batch: list[int] = []
    masks = 0
    for number in order:
        count = len(batch) + 1
        masks = max(masks, _masks(rows[number]))
        if batch and (
            count > most
            or count * _length(rows[number]) * weight > _PADDED
            or count * masks > _MASKS
        ):
            yield batch
            batch, masks = [], _masks(rows[number])
        batch.append(number)
    if batch:
        yield batch


def _key(row: inputs.Row) -> tuple[int, int]:
    """Rows are alike if they have as many choices; then the length."""
    return len(row.get("choices", ())), _length(row)


def _length(row: inputs.Row) -> int:
    return sum(map(len, _strings(row)))


def _masks(row: inputs.Row) -> int:
    return sum(text.count(_MASK) for text in _strings(row))


def _strings(row: inputs.Row) -> Iterator[bytes]:
    for value in row.values():
        if isinstance(value, bytes):
            yield value
        else:
            yield from value


def _column(values: list, spec: Any) -> np.ndarray:
    """Strings as an array of objects, with "" behind the last of a list."""
    if spec.shape.rank == 1:
        column = np.empty(len(values), object)
        column[:] = values
        return column
    column = np.full([len(values), max(map(len, values))], b"", object)
    for row, strings in zip(column, values, strict=True):
        row[: len(strings)] = strings
    return column
