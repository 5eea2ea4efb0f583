"""The records of a set as columns of numbers, for statistics."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining.records import google_records
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets

# Records read at a time: 8 MB of tokens for rows of 512.
_BLOCK = 2048
# The value in `RecordColumns.documents` for other than first records.
NO_DOCUMENT = -1


@dataclasses.dataclass(frozen=True)
class RecordColumns:
    """Numbers about records; every array is [B].

    Attributes:
        tokens: number of tokens of the row, special ones included.
        has_second: whether there is a second segment.
        order: the sentence order that was fixed when the record was made,
            or -1.
        unknown: number of tokens that are <unk>.
        documents: the hash of a document in its first record, otherwise
            NO_DOCUMENT.
        hashes: uint64, hashes of segments and order.
    """

    tokens: np.ndarray
    has_second: np.ndarray
    order: np.ndarray
    unknown: np.ndarray
    documents: np.ndarray
    hashes: np.ndarray


def read(record_set: record_sets.RecordSet) -> Iterator[RecordColumns]:
    """The columns of all records, a block at a time, in order."""
    size = len(record_set.files)
    for start in range(0, size, _BLOCK):
        numbers = np.arange(start, min(start + _BLOCK, size))
        yield of_records(record_set, record_set.files.read(numbers).tolist())


def of_records(
    record_set: record_sets.RecordSet, serialized: list[bytes]
) -> RecordColumns:
    """The columns of some records of a set."""
    if record_set.mask_slots is not None:
        return _masked_columns(record_set, record_set.mask_slots, serialized)
    assert record_set.tokenizer is not None  # such records have one beside them
    parsed = tf.io.parse_example(
        serialized,
        {
            "token_ids": tf.io.RaggedFeature(tf.int64),
            "first_length": tf.io.FixedLenFeature([], tf.int64),
            "sentence_order": tf.io.FixedLenFeature([], tf.int64, -1),
            "document": tf.io.FixedLenFeature([], tf.int64, NO_DOCUMENT),
        },
    )
    return make(
        ids=parsed["token_ids"].flat_values.numpy(),
        lengths=parsed["token_ids"].row_lengths().numpy(),
        first=parsed["first_length"].numpy(),
        order=parsed["sentence_order"].numpy(),
        documents=parsed["document"].numpy(),
        unk_id=record_set.tokenizer.unk_id,
    )


def make(
    *,
    ids: np.ndarray,
    lengths: np.ndarray,
    first: np.ndarray,
    order: np.ndarray,
    documents: np.ndarray,
    unk_id: int,
) -> RecordColumns:
    """Makes the columns of B records.

    Args:
        ids: int64 [n], the concatenated tokens of all records.
        lengths: int64 [B], number of tokens of each record.
        first: int64 [B], number of tokens of the first segment.
        order, documents: int64 [B], as in `RecordColumns`.
        unk_id: the id of <unk>.
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    has_second = first < lengths
    # A sum over hashes of (place, token) depends on the order of the tokens.
    place = np.arange(len(ids)) - np.repeat(starts, lengths)
    return RecordColumns(
        tokens=lengths + 2 + has_second,
        has_second=has_second,
        order=order,
        unknown=_sums(ids == unk_id, ends),
        documents=documents,
        hashes=randomness.fold(
            _sums(randomness.fold(place, ids), ends), first, order
        ),
    )


def _masked_columns(
    record_set: record_sets.RecordSet,
    mask_slots: int,
    serialized: list[bytes],
) -> RecordColumns:
    parsed = google_records.parse(
        serialized, record_set.max_seq_length, mask_slots
    )
    batch = {name: value.numpy() for name, value in parsed.items()}
    # Without a known vocabulary, no token is known to be <unk>.
    unk_id = record_set.tokenizer.unk_id if record_set.tokenizer else -1
    tokens = batch["padding_mask"].sum(axis=1)
    has_second = batch["segment_ids"].any(axis=1)
    original = batch["token_ids"].copy()
    row, slot = np.nonzero(batch["mask_weights"] > 0)
    original[row, batch["mask_positions"][row, slot]] = batch["mask_ids"][
        row, slot
    ]
    # Copies of a text that are masked differently are not duplicates.
    content = np.concatenate(
        [batch["token_ids"], batch["mask_positions"]], axis=1
    )
    place = np.arange(content.shape[1])[None, :]
    return RecordColumns(
        tokens=tokens.astype(np.int64),
        has_second=has_second,
        order=batch["sentence_order"],
        unknown=(original == unk_id).sum(axis=1),
        documents=np.full(len(tokens), NO_DOCUMENT),
        hashes=randomness.fold(
            randomness.fold(place, content).sum(axis=1, dtype=np.uint64),
            batch["segment_ids"].sum(axis=1),
            batch["sentence_order"],
        ),
    )


def _sums(values: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The sums of consecutive parts of `values`, given where each ends."""
    # Differences of running sums, since reduceat cannot handle empty parts.
    # Sums of hashes overflow, but their differences are correct.
    if values.dtype == bool:
        values = values.astype(np.int64)
    running = np.concatenate([np.zeros(1, values.dtype), np.cumsum(values)])
    return running[ends] - running[np.concatenate([[0], ends[:-1]])]
