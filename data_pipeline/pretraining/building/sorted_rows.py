"""Records in memory, which are sorted without copying their data."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from data_pipeline.pretraining.building import block_records

# Records that are copied at a time.
_AT_ONCE = 4096


@dataclasses.dataclass(frozen=True)
class Rows:
    """n records.

    Attributes:
        keys: uint64 [n].
        tokens: uint32 [n], tokens of each record's row.
        begins, ends: int64 [n], where its data lie in its buffer.
        buffer_of: int32 [n], number of its buffer.
        buffers: data of the records.
    """

    keys: np.ndarray
    tokens: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    buffer_of: np.ndarray
    buffers: list[bytes]

    def order(self, shards: int) -> np.ndarray:
        """int64 [n], the records by shard, key and data.

        Two keys of 63 bits are rarely equal; but the order must not depend on
        that of the files even then.
        """
        shard = self.keys % np.uint64(shards)
        order = np.lexsort((self.keys, shard))
        keys = self.keys[order]
        for at in np.flatnonzero(keys[1:] == keys[:-1]).tolist()[::-1]:
            # Equal keys lie in one shard. From the last pair to the first,
            # each insertion leaves what follows sorted.
            while at + 1 < len(order) and keys[at] == keys[at + 1]:
                if self._data(order[at]) <= self._data(order[at + 1]):
                    break
                order[[at, at + 1]] = order[[at + 1, at]]
                at += 1
        return order

    def _data(self, row: int) -> bytes:
        buffer = self.buffers[self.buffer_of[row]]
        return buffer[self.begins[row] : self.ends[row]]

    def in_order(self, order: np.ndarray) -> Iterator[tuple[bytes, int]]:
        """Yields data and tokens of the records in an order."""
        for at in range(0, len(order), _AT_ONCE):
            some = order[at : at + _AT_ONCE]
            for buffer, begin, end, tokens in zip(
                self.buffer_of[some].tolist(),
                self.begins[some].tolist(),
                self.ends[some].tolist(),
                self.tokens[some].tolist(),
                strict=True,
            ):
                yield self.buffers[buffer][begin:end], tokens

    def pieces(self, order: np.ndarray) -> Iterator[bytes]:
        """Yields the data in an order, some thousand records at a time."""
        for at in range(0, len(order), _AT_ONCE):
            some = self.in_order(order[at : at + _AT_ONCE])
            yield b"".join(data for data, _ in some)


def of_block(block: block_records.BlockRecords) -> Rows:
    ends = np.cumsum([len(data) for data in block.data], dtype=np.int64)
    return Rows(
        keys=block.keys,
        tokens=block.tokens,
        begins=np.concatenate([np.zeros(1, np.int64), ends])[:-1],
        ends=ends,
        buffer_of=np.zeros(len(ends), np.int32),
        buffers=[b"".join(block.data)],
    )


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of parts, each with one buffer, or none if it is empty."""
    parts = [part for part in parts if len(part.keys)]
    numbers = [
        np.full(len(part.keys), number, np.int32)
        for number, part in enumerate(parts)
    ]
    buffers = [buffer for part in parts for buffer in part.buffers]

    def join(arrays: list[np.ndarray], kind: type) -> np.ndarray:
        return np.concatenate([np.zeros(0, kind), *arrays])

    return Rows(
        keys=join([part.keys for part in parts], np.uint64),
        tokens=join([part.tokens for part in parts], np.uint32),
        begins=join([part.begins for part in parts], np.int64),
        ends=join([part.ends for part in parts], np.int64),
        buffer_of=join(numbers, np.int32),
        buffers=buffers,
    )
