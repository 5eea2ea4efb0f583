"""Plans the packed rows of a record set, part by part when they are needed."""

import functools
import threading

import numpy as np

from data_pipeline.batches import packing

# Sets of up to this number of records are one part.
WHOLE = 1 << 16
# Consecutive records of a larger set that are packed together. They fill rows
# as well as all records would: both to 99.5%, for rows of 512 and records of
# 220 tokens on average.
PART = 1 << 12


class PackingPlan:
    """The records of each packed row.

    Rows of a part hold the records of that part, so rows that are read at about
    the same time need records that lie side by side.

    It is safe to use from several threads.

    Args:
        lengths: int [records], tokens of each record's row.
        max_seq_length: S of packed rows.
    Attributes:
        firsts: int64 [parts + 1], the first row of each part, and their number.
    Raises:
        ValueError: a record does not fit into a row.
    """

    def __init__(self, lengths: np.ndarray, max_seq_length: int):
        packing.check(lengths, max_seq_length)
        self._lengths, self._max_seq_length = lengths, max_seq_length
        self._size = PART if len(lengths) > WHOLE else WHOLE
        counts = [
            packing.count(lengths[first : first + self._size], max_seq_length)
            for first in range(0, len(lengths), self._size)
        ]
        self.firsts = np.cumsum([0, *counts])
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

    def _plan_part(self, part: int) -> np.ndarray:
        first = part * self._size
        lengths = self._lengths[first : first + self._size]
        rows = packing.plan(lengths, self._max_seq_length)
        return np.where(rows < 0, rows, rows + np.int64(first))
