"""Where each 64th record of a large set lies, and how many rows its records
take when they are packed, so that its indexes need not be read at the start.

The file `parts.table` is an array of little-endian uint64, and a checksum: the
number of shards; the records of each shard; the bytes of each shard; where in
its shard each part of 64 records begins; and the number of rows that each
1,024 consecutive records of a shard take, packed into rows of the set's
length.
"""

import dataclasses
import os
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.batches import packing
from data_pipeline.io import files
from data_pipeline.pretraining.records import tfrecords

FILE_NAME = "parts.table"
# Sets of up to this number of records have none.
SMALL = 1 << 16
# Records of a part.
PART = 64
# Consecutive records of a shard that are packed together.
PACKED = 1 << 10


@dataclasses.dataclass(frozen=True, eq=False)
class PartTable:
    """The table of some shards.

    Attributes:
        records: int64 [shards], records of each shard.
        offsets: int64 [parts], where in its shard each part begins, shard
            after shard.
        packed_rows: int64 [packed parts], rows of each packed part.
    """

    records: np.ndarray
    offsets: np.ndarray
    packed_rows: np.ndarray


def write(
    folder: str, shards: Sequence[dict[str, Any]], max_seq_length: int
) -> None:
    """Writes the table of a set, if it is large and has none.

    Args:
        folder: the folder of the set, with indexes beside the shards.
        shards: as in `Manifest`.
        max_seq_length: S of the set.
    """
    path = os.path.join(folder, FILE_NAME)
    records = [shard["records"] for shard in shards]
    if sum(records) <= SMALL or files.exists(path):
        return
    indexes = (
        tfrecords.read_index(
            tfrecords.index_path(os.path.join(folder, shard["name"]))
        )
        for shard in shards
    )
    save(folder, shards, [entries(index, max_seq_length) for index in indexes])


def entries(
    index: np.ndarray, max_seq_length: int
) -> tuple[np.ndarray, np.ndarray]:
    """The offsets and packed rows of a shard.

    Args:
        index: uint32 [records, 2], as from `tfrecords.read_index`.
        max_seq_length: S of the set.
    """
    ends = np.cumsum(index[:, 0] + np.int64(tfrecords.FRAME_BYTES))
    packed_rows = [
        packing.count(index[first : first + PACKED, 1], max_seq_length)
        for first in range(0, len(index), PACKED)
    ]
    offsets = np.concatenate([[0], ends])[: len(index) : PART]
    return offsets, np.array(packed_rows, np.int64)


def save(
    folder: str,
    shards: Sequence[dict[str, Any]],
    made: Sequence[tuple[np.ndarray, np.ndarray]],
) -> None:
    """Saves the `entries` of all shards of a set."""
    table = np.concatenate(
        [
            [len(shards)],
            [shard["records"] for shard in shards],
            [shard["bytes"] for shard in shards],
            *(offsets for offsets, _ in made),
            *(packed_rows for _, packed_rows in made),
        ]
    ).astype("<u8")
    content = table.tobytes()
    checksum = struct.pack("<I", tfrecords.masked_checksum(content))
    files.write(os.path.join(folder, FILE_NAME), content + checksum)


def read(
    folder: str, paths: Sequence[str], shards: Sequence[dict[str, Any]]
) -> PartTable | None:
    """Reads the table of some shards of a set, or None if there is none.

    Args:
        folder: the folder of the set.
        paths: the shards to find, which lie in it.
        shards: all shards, as in `Manifest`.
    Raises:
        ValueError: the table is damaged, or of other shards.
    """
    by_name = {shard["name"]: number for number, shard in enumerate(shards)}
    chosen = [by_name[os.path.basename(path)] for path in paths]
    path = os.path.join(folder, FILE_NAME)
    if sum(shards[n]["records"] for n in chosen) <= SMALL:
        return None
    if not files.exists(path):
        return None
    content = files.read(path)
    table = np.frombuffer(content[: len(content) // 8 * 8], "<u8")
    table = table.astype(np.int64)
    described = [
        [len(shards)],
        [shard["records"] for shard in shards],
        [shard["bytes"] for shard in shards],
    ]
    start = np.concatenate(described)
    checksum = struct.pack("<I", tfrecords.masked_checksum(content[:-4]))
    if checksum != content[-4:] or not np.array_equal(
        start, table[: len(start)]
    ):
        raise ValueError(
            "The table of a record set must match its manifest and its "
            f"checksum. Received: {path}, which does not. Remove it, and run "
            "the command that made the records again."
        )
    records = np.array(described[1])
    offsets, rest = _by_shard(table[len(start) :], records, PART)
    packed_rows, _ = _by_shard(rest, records, PACKED)
    return PartTable(
        records[chosen],
        np.concatenate([offsets[n] for n in chosen]),
        np.concatenate([packed_rows[n] for n in chosen]),
    )


def _by_shard(
    table: np.ndarray, records: np.ndarray, size: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """The entries of each shard, one for each `size` records; and the rest."""
    stops = np.cumsum(-(-records // size))
    return np.split(table[: stops[-1]], stops[:-1]), table[stops[-1] :]
