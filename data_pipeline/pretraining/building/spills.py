"""The records of a block on disk, between the two steps of a build.

There is one file for each pass through a block. It holds a header of uint64:
the COUNTS, then for each shard the number of its first record, then for each
shard the byte where its data begin; a table of uint64 [records, 3]: key, bytes
and tokens of each record, sorted by shard and key; and the data.
"""

import os
from collections.abc import Iterator
from typing import IO

import numpy as np

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_config
from data_pipeline.io import files
from data_pipeline.pretraining.building import block_records

# Bytes of records that are sorted in memory at once.
_SORTED_BYTES = 128 << 20
_WORD = 8


def names(
    block: blocks.Block, config: text_config.TextConfig, repeats: int
) -> list[str]:
    """The names of a block's files, one for each pass; they depend on the
    content of the block.
    """
    start = f"{block.group:06}-{block.number:06}-{block.digest(config)}"
    return [f"{start}-{repeat:03}.spill" for repeat in range(repeats)]


def write(target: str, block: block_records.BlockRecords, shards: int) -> None:
    shard = block.keys % np.uint64(shards)
    order = np.lexsort((block.keys, shard))
    data = [block.data[i] for i in order]
    sizes = np.array([len(record) for record in data], np.uint64)
    first = np.searchsorted(shard[order], np.arange(shards + 1))
    begins = np.concatenate([[0], np.cumsum(sizes)])[first]
    counts = [block.counts[name] for name in block_records.COUNTS]
    table = np.stack([block.keys[order], sizes, block.tokens[order]], axis=1)
    header = np.concatenate([counts, first, begins])
    content = [header.astype("<u8").tobytes(), table.astype("<u8").tobytes()]
    files.write(target, b"".join([*content, *data]))


def counts(source: str, shards: int) -> dict[str, int] | None:
    """The counts of a block; None if its file is missing or incomplete."""
    if not files.exists(source):
        return None
    with files.open(source) as file:
        try:
            header = _Header(file, shards)
        except (IndexError, ValueError):  # the file is cut short
            return None
    return header.counts if files.size(source) == header.total_bytes else None


def merge(folder: str, shard: int, shards: int) -> Iterator[tuple[bytes, int]]:
    """Yields the records of a shard from all blocks, by key, with their tokens.

    At most 128 MB are held at once: a larger shard is processed in several
    ranges of keys, each of which is contiguous in every block's file.
    """
    paths = [os.path.join(folder, name) for name in files.names(folder)]
    total = sum(_shard_bytes(path, shard, shards) for path in paths)
    ranges = 1 + total // _SORTED_BYTES
    for part in range(ranges):
        low, high = 2**63 * part // ranges, 2**63 * (part + 1) // ranges
        rows = [
            row
            for path in paths
            for row in _read_range(path, shard, shards, low, high - 1)
        ]
        for _, data, tokens in sorted(rows):
            yield data, tokens


class _Header:
    """The header of a file, read from the open file."""

    def __init__(self, file: IO[bytes], shards: int) -> None:
        num_counts = len(block_records.COUNTS)
        words = num_counts + 2 * (shards + 1)
        header = np.frombuffer(file.read(words * _WORD), "<u8")
        names = block_records.COUNTS
        self.counts = dict(
            zip(names, map(int, header[:num_counts]), strict=True)
        )
        self.first = header[num_counts : num_counts + shards + 1]
        self.begins = header[num_counts + shards + 1 :]
        self.table_at = words * _WORD
        self.data_at = self.table_at + int(self.first[-1]) * 3 * _WORD
        self.total_bytes = self.data_at + int(self.begins[-1])


def _shard_bytes(source: str, shard: int, shards: int) -> int:
    with files.open(source) as file:
        header = _Header(file, shards)
    return int(header.begins[shard + 1] - header.begins[shard])


def _read_range(
    source: str, shard: int, shards: int, low: int, high: int
) -> Iterator[tuple[int, bytes, int]]:
    """Key, data and tokens of a shard's records with low <= key <= high."""
    with files.open(source) as file:
        header = _Header(file, shards)
        first, stop = int(header.first[shard]), int(header.first[shard + 1])
        file.seek(header.table_at + first * 3 * _WORD)
        table = np.frombuffer(file.read((stop - first) * 3 * _WORD), "<u8")
        keys, sizes, tokens = table.reshape(-1, 3).T
        begin = np.searchsorted(keys, np.uint64(low), "left")
        end = np.searchsorted(keys, np.uint64(high), "right")
        skipped = int(sizes[:begin].sum())
        file.seek(header.data_at + int(header.begins[shard]) + skipped)
        for i in range(begin, end):
            yield int(keys[i]), file.read(int(sizes[i])), int(tokens[i])
