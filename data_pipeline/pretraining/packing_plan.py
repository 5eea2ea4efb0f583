"""Plans the packed rows of a record set, part by part when they are needed."""

import functools
import threading

import numpy as np

from data_pipeline.batches import packing
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import record_sets

# Sets of up to this number of records are one part. The parts of larger ones,
# `part_table.PACKED` consecutive records of a shard, fill rows as well as all
# records would: to 99.35% and 99.42%, for rows of 512 and records of 250 tokens
# on average.
WHOLE = 1 << 16


class PackingPlan:
    """The records of each packed row.

    Rows of a part hold the records of that part, so rows that are read at about
    the same time need records that lie side by side.

    It is safe to use from several threads.

    Args:
        record_set: the records.
    Attributes:
        firsts: int64 [parts + 1], the first row of each part, and their number.
    Raises:
        ValueError: a record does not fit into a row.
    """

    def __init__(self, record_set: record_sets.RecordSet):
        self._record_set = record_set
        self._length = record_set.packed_length or record_set.max_seq_length
        self._records = _first_records(record_set.files.firsts)
        rows = record_set.packed_rows
        if rows is None:
            rows = np.array(
                [
                    packing.count(self._lengths(part), self._length)
                    for part in range(len(self._records) - 1)
                ]
            )
        self.firsts = np.cumsum([0, *rows])
        self._lock = threading.Lock()
        self._part = functools.lru_cache(1024)(self._plan_part)

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def records(self, rows: np.ndarray) -> np.ndarray:
        """int64 [n, K]: the records of these rows; unused slots are -1."""
        records = np.empty((len(rows), packing.MAX_EXAMPLES), np.int64)
        parts = np.searchsorted(self.firsts, rows, side="right") - 1
        for part in np.unique(parts).tolist():
            here = parts == part
            with self._lock:
                planned = self._part(part)
            records[here] = planned[rows[here] - self.firsts[part]]
        return records

    def _lengths(self, part: int) -> np.ndarray:
        first, stop = self._records[part : part + 2].tolist()
        return self._record_set.lengths(np.arange(first, stop))

    def _plan_part(self, part: int) -> np.ndarray:
        rows = packing.plan(self._lengths(part), self._length)
        return np.where(rows < 0, rows, rows + self._records[part])


def _first_records(firsts: np.ndarray) -> np.ndarray:
    """int64 [parts + 1]: the first record of each part, and their number."""
    if firsts[-1] <= WHOLE:
        return firsts[[0, -1]]
    parts = [
        np.arange(first, stop, part_table.PACKED)
        for first, stop in zip(firsts[:-1], firsts[1:], strict=True)
    ]
    return np.concatenate([*parts, firsts[-1:]])
