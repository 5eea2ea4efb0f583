"""Where the records of a set lie, and how long their rows are."""

import collections
import threading
from typing import Protocol

import numpy as np

from data_pipeline.io import ranges
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import range_plan
from data_pipeline.pretraining.records import tfrecords

# Parts of indexes that `PartIndex` keeps: 2 million records in 40 MB.
_KEPT_PARTS = 1 << 15


class RecordIndex(Protocol):
    """Finds records by their numbers.

    Attributes:
        firsts: int64 [files + 1], the first record of each file, and the total.
        has_lengths: whether the lengths of rows are known.
    """

    firsts: np.ndarray
    has_lengths: bool

    def locate(
        self, numbers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """int64 [B], each: the file, the first byte and the bytes of records,
        frames included."""

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """uint32 [B]: tokens of the records' rows, special ones included."""


class WholeIndex:
    """Keeps 12 bytes for each record.

    Args:
        sizes: bytes of the data of each record, for each file.
        lengths: tokens of each record's row; None if they are not known.
    """

    def __init__(self, sizes: list[np.ndarray], lengths: np.ndarray | None):
        # With all files laid end to end, record n has bytes [begin[n],
        # begin[n + 1]), frame included. File f starts with record firsts[f].
        self.firsts = np.cumsum([0, *map(len, sizes)])
        self._begin = np.zeros(self.firsts[-1] + 1, np.int64)
        np.cumsum(np.concatenate(sizes), out=self._begin[1:])
        self._begin += tfrecords.FRAME_BYTES * np.arange(len(self._begin))
        self.has_lengths = lengths is not None
        self._lengths = lengths

    def locate(
        self, numbers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        file = np.searchsorted(self.firsts, numbers, side="right") - 1
        begin = self._begin[numbers]
        size = self._begin[numbers + 1] - begin
        return file, begin - self._begin[self.firsts[file]], size

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        assert self._lengths is not None
        return self._lengths[numbers]


class PartIndex:
    """Keeps an eighth of a byte for each record, and reads the rest of the
    indexes when it is needed.

    Args:
        paths: the indexes, one for each file.
        table: the parts of these files.
    """

    has_lengths = True

    def __init__(self, paths: list[str], table: part_table.PartTable):
        self.firsts = np.cumsum([0, *table.records])
        self._offsets = table.offsets
        # The first part of each file.
        parts = -(-table.records // part_table.PART)
        self._first_part = np.cumsum([0, *parts])
        self._records = table.records
        self._indexes = ranges.open_all(paths)
        self._stored = not all(index.is_local for index in self._indexes)
        self._kept: collections.OrderedDict[int, np.ndarray] = (
            collections.OrderedDict()
        )
        self._lock = threading.Lock()

    def locate(
        self, numbers: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        file, part, slot, rows, of_part = self._find(numbers)
        size = rows[:, :, 0] + np.int64(tfrecords.FRAME_BYTES)
        before = np.cumsum(size, axis=1) - size
        begin = self._offsets[part] + before[of_part, slot]
        return file, begin, size[of_part, slot]

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        _, _, slot, rows, of_part = self._find(numbers)
        return rows[of_part, slot, 1]

    def _find(self, numbers: np.ndarray) -> tuple[np.ndarray, ...]:
        """The file, part and place in its part of each record; the index of
        the parts, uint32 [n, 64, 2]; and which of these n a record is in."""
        file = np.searchsorted(self.firsts, numbers, side="right") - 1
        part, slot = np.divmod(numbers - self.firsts[file], part_table.PART)
        part += self._first_part[file]
        parts, of_part = np.unique(part, return_inverse=True)
        return file, part, slot, self._read(parts), of_part

    def _read(self, parts: np.ndarray) -> np.ndarray:
        """uint32 [n, 64, 2]: the index of these parts, filled with zeros."""
        with self._lock:
            known = {
                n: self._kept[n] for n in parts.tolist() if n in self._kept
            }
        missing = np.setdiff1d(parts, list(known)).astype(np.int64)
        if len(missing):
            fetched = self._fetch(missing)
            known |= fetched
            with self._lock:
                self._kept |= fetched
                while len(self._kept) > _KEPT_PARTS:
                    self._kept.popitem(last=False)
        return np.stack([known[n] for n in parts.tolist()])

    def _fetch(self, parts: np.ndarray) -> dict[int, np.ndarray]:
        file = np.searchsorted(self._first_part, parts, side="right") - 1
        first = (parts - self._first_part[file]) * part_table.PART
        count = np.minimum(self._records[file] - first, part_table.PART)
        row = tfrecords.INDEX_ROW_BYTES
        plan = range_plan.plan(file, first * row, count * row)
        contents = list(
            ranges.at_once(
                lambda n: self._indexes[plan.file[n]].read(
                    int(plan.begin[n]), int(plan.size[n])
                ),
                range(len(plan.file)),
                self._stored,
            )
        )
        found = {}
        for n, part in enumerate(parts.tolist()):
            rows = np.zeros((part_table.PART, 2), np.uint32)
            rows[: count[n]] = np.frombuffer(
                contents[plan.range_of[n]],
                "<u4",
                2 * count[n],
                int(plan.offset[n]),
            ).reshape(-1, 2)
            found[part] = rows
        return found
