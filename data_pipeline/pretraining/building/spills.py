"""Records on disk, between the two steps of a build.

A spill is a file with the records of one pass through a block, or of many such
passes, merged. It is sorted by shard and key, so that the records of a shard
lie together:

    b"spills02"
    uint64 [COUNTS]         sums of the counts of its passes
    uint64 [shards + 1, 2]  each shard's first record, and the byte where its
                            data begin
    ROW [records]           key, tokens, and the byte where its data end
    the data
    JSON                    the names of its passes
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator
from collections.abc import Sequence
from typing import IO

import numpy as np

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_config
from data_pipeline.io import files
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import sorted_rows

# Bytes of records that are held in memory at once.
HELD_BYTES = 128 << 20

_MAGIC = b"spills02"
_WORD = 8
_ENTRY = 2 * _WORD
_ROW = np.dtype([("key", "<u8"), ("tokens", "<u4"), ("end", "<u8")])
_DIRECTORY_AT = len(_MAGIC) + len(block_records.COUNTS) * _WORD
_KEYS = 2**63


def names(
    block: blocks.Block, config: text_config.TextConfig, repeats: int
) -> list[str]:
    """The names of the passes through a block; they depend on its content."""
    start = f"{block.group:06}-{block.number:06}-{block.digest(config)}"
    return [f"{start}-{repeat:03}" for repeat in range(repeats)]


@dataclasses.dataclass(frozen=True)
class Spill:
    """A complete file.

    Attributes:
        file: its name.
        passes: the names of the passes whose records it holds.
        counts: sums of their counts, by the names in COUNTS.
        data_bytes: bytes of the records.
    """

    file: str
    passes: tuple[str, ...]
    counts: dict[str, int]
    data_bytes: int


def write(
    folder: str, name: str, block: block_records.BlockRecords, shards: int
) -> Spill:
    """Writes the records of one pass."""
    counts = {key: block.counts[key] for key in block_records.COUNTS}
    rows = sorted_rows.of_block(block)
    return _write(folder, f"{name}.spill", (name,), counts, rows, shards)


def merge(folder: str, sources: Sequence[str], shards: int) -> Spill:
    """Writes the records of several files to one, held in memory meanwhile."""
    read, parts = [], []
    for source in sources:
        with files.open(os.path.join(folder, source)) as file:
            opened = _Opened(file, shards)
            read.append(opened.summary(source))
            parts.append(opened.rows(0, opened.records))
    passes = tuple(name for spill in read for name in spill.passes)
    counts = {
        key: sum(spill.counts[key] for spill in read)
        for key in block_records.COUNTS
    }
    digest = hashlib.blake2b("\n".join(passes).encode(), digest_size=12)
    file_name = f"merged-{digest.hexdigest()}.spill"
    rows = sorted_rows.joined(parts)
    return _write(folder, file_name, passes, counts, rows, shards)


def read_summary(folder: str, file_name: str, shards: int) -> Spill | None:
    """What a file holds; None if it is incomplete or of another version."""
    with files.open(os.path.join(folder, file_name)) as file:
        try:
            return _Opened(file, shards).summary(file_name)
        except (IndexError, ValueError):  # the file is cut short
            return None


def read_shard(
    folder: str, sources: Sequence[str], shard: int, shards: int
) -> Iterator[tuple[bytes, int]]:
    """Yields the records of a shard from all files, by key, with their tokens.

    One file is open at a time, and each byte is read once. At most 128 MB are
    held: a larger shard is read in several ranges of keys.
    """
    paths = [os.path.join(folder, source) for source in sources]
    at, stops, total = [], [], 0
    for path in paths:
        with files.open(path) as file:
            opened = _Opened(file, shards)
            (first, begin), (stop, end) = (
                opened.entry(shard),
                opened.entry(shard + 1),
            )
        at.append(first)
        stops.append(stop)
        total += end - begin
    ranges = 1 + total // HELD_BYTES
    for part in range(1, ranges + 1):
        below = _KEYS * part // ranges
        parts = []
        for number, path in enumerate(paths):
            if at[number] == stops[number]:
                continue
            with files.open(path) as file:
                opened = _Opened(file, shards)
                stop = stops[number]
                if part < ranges:
                    stop = opened.first_not_below(below, at[number], stop)
                parts.append(opened.rows(at[number], stop))
            at[number] = stop
        rows = sorted_rows.joined(parts)
        yield from rows.in_order(rows.order(1))


class _Opened:
    """An open file, read where it is asked to be."""

    def __init__(self, file: IO[bytes], shards: int) -> None:
        self._file, self._shards = file, shards
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError
        self._table_at = _DIRECTORY_AT + (shards + 1) * _ENTRY
        self.records, self._data_bytes = self.entry(shards)
        self._data_at = self._table_at + self.records * _ROW.itemsize

    def _numbers(self, at: int, count: int) -> list[int]:
        self._file.seek(at)
        return np.frombuffer(
            self._file.read(count * _WORD), "<u8", count
        ).tolist()

    def entry(self, shard: int) -> tuple[int, int]:
        """A shard's first record, and the byte where its data begin."""
        first, begin = self._numbers(_DIRECTORY_AT + shard * _ENTRY, 2)
        return first, begin

    def summary(self, name: str) -> Spill:
        keys = block_records.COUNTS
        counts = self._numbers(len(_MAGIC), len(keys))
        self._file.seek(self._data_at + self._data_bytes)
        passes = tuple(json.loads(self._file.read()))
        return Spill(
            name,
            passes,
            dict(zip(keys, counts, strict=True)),
            self._data_bytes,
        )

    def first_not_below(self, key: int, low: int, high: int) -> int:
        """The first of the rows low to high whose key is not below `key`."""
        while low < high:
            middle = (low + high) // 2
            if self._numbers(self._row_at(middle), 1)[0] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def rows(self, first: int, stop: int) -> sorted_rows.Rows:
        """The rows from first to stop, in one read of rows and one of data."""
        before = max(first - 1, 0)  # the row that says where `first` begins
        self._file.seek(self._row_at(before))
        size = (stop - before) * _ROW.itemsize
        table = np.frombuffer(self._file.read(size), _ROW)
        ends = table["end"].astype(np.int64)
        begins = np.concatenate([[0], ends[:-1]])
        if first:
            table, ends, begins = table[1:], ends[1:], begins[1:]
        if not len(table):
            return sorted_rows.joined([])
        self._file.seek(self._data_at + int(begins[0]))
        data = self._file.read(int(ends[-1] - begins[0]))
        return sorted_rows.Rows(
            table["key"].astype(np.uint64),
            table["tokens"].astype(np.uint32),
            begins - begins[0],
            ends - begins[0],
            np.zeros(len(table), np.int32),
            [data],
        )

    def _row_at(self, row: int) -> int:
        return self._table_at + row * _ROW.itemsize


def _write(
    folder: str,
    name: str,
    passes: tuple[str, ...],
    counts: dict[str, int],
    rows: sorted_rows.Rows,
    shards: int,
) -> Spill:
    order = rows.order(shards)
    ends = np.cumsum((rows.ends - rows.begins)[order])
    table = np.empty(len(order), _ROW)
    table["key"], table["tokens"] = rows.keys[order], rows.tokens[order]
    table["end"] = ends
    shard = table["key"] % np.uint64(shards)
    first = np.searchsorted(shard, np.arange(shards + 1))
    directory = np.stack([first, np.concatenate([[0], ends])[first]], axis=1)
    with files.whole(os.path.join(folder, name)) as file:
        file.write(_MAGIC + np.array([*counts.values()], "<u8").tobytes())
        file.write(directory.astype("<u8").tobytes() + table.tobytes())
        for some in rows.pieces(order):
            file.write(some)
        file.write(json.dumps(passes).encode())
    return Spill(name, passes, counts, int(directory[-1, 1]))
