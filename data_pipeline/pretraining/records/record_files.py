"""Random access to the records of TFRecord files.

Training reads records in an order that is drawn for each epoch and may start at
any step, so it looks records up by number instead of reading whole files.
"""

import resource
import struct

import numpy as np

from data_pipeline.batches import packing
from data_pipeline.io import files
from data_pipeline.io import ranges
from data_pipeline.pretraining.records import part_table
from data_pipeline.pretraining.records import range_plan
from data_pipeline.pretraining.records import record_index
from data_pipeline.pretraining.records import tfrecords


class RecordFiles:
    """The records of several files, numbered consecutively.

    The index beside a file says where its records lie. A file without one is
    scanned once.

    Records are read by ranges of bytes: from local files with pread, from cloud
    storage by requests, many at a time. Nothing is copied to a local disk.
    Local files are not mapped: pages of mapped files count as memory of this
    process, fetching one blocks the interpreter, and a file that is truncated
    meanwhile kills the process.

    Args:
        paths: uncompressed TFRecord files.
        longest: maximum number of tokens of a row; if None, any.
        table: the table of a large set, whose indexes are then read when they
            are needed; if None, they are read at once.
    Attributes:
        paths: as given.
        stored: whether reading takes requests over a network.
        index: where the records lie.
    Raises:
        ValueError: a file is truncated or not a TFRecord file, or an index
            does not describe its file.
    """

    def __init__(
        self,
        paths: list[str],
        longest: int | None = None,
        table: part_table.PartTable | None = None,
    ):
        self.paths = paths
        _allow_open_files(2 * len(paths))
        self._files = ranges.open_all(paths)
        self.stored = not all(file.is_local for file in self._files)
        self.index: record_index.RecordIndex
        if table is None:
            self.index = _whole_index(paths, self._files, longest)
        else:
            self.index = record_index.PartIndex(
                [tfrecords.index_path(path) for path in paths], table
            )

    def __len__(self) -> int:
        return int(self.firsts[-1])

    @property
    def firsts(self) -> np.ndarray:
        """int64 [files + 1]: the first record of each file, and the total."""
        return self.index.firsts

    def read(self, numbers: np.ndarray, hurry: bool = False) -> np.ndarray:
        """The serialized records of these numbers, as an object array [B].

        Args:
            numbers: int [B].
            hurry: as in `range_plan.plan`.
        Raises:
            ValueError: a record is damaged.
        """
        numbers = np.asarray(numbers)
        out = np.empty(len(numbers), object)
        if not len(numbers):
            return out
        file, begin, size = self.index.locate(numbers)
        plan = range_plan.plan(file, begin, size, hurry)
        requests = zip(
            plan.file.tolist(),
            plan.begin.tolist(),
            plan.size.tolist(),
            strict=True,
        )
        contents = ranges.at_once(
            lambda range: self._files[range[0]].read(*range[1:]),
            requests,
            self.stored,
        )
        # Each range is let go once its records are taken out.
        by_range = np.argsort(plan.range_of, kind="stable")
        stops = np.cumsum(np.bincount(plan.range_of)).tolist()
        first = 0
        for content, stop in zip(contents, stops, strict=True):
            for i in by_range[first:stop].tolist():
                at = int(plan.offset[i])
                framed = content[at : at + int(size[i])]
                out[i] = self._data(framed, int(numbers[i]), int(begin[i]))
            first = stop
        return out

    def check_lengths(
        self, numbers: np.ndarray, tokens: np.ndarray
    ) -> np.ndarray:
        """Returns the numbers, if their rows have as many tokens as indexed.

        Raises:
            ValueError: the index has another number of tokens.
        """
        if not self.index.has_lengths:
            return numbers
        lengths = self.index.lengths(numbers)
        (wrong,) = np.nonzero(lengths != tokens)
        if len(wrong):
            number = int(numbers[wrong[0]])
            file = int(np.searchsorted(self.firsts, number, side="right")) - 1
            raise _wrong_length(
                self.paths[file],
                f"{lengths[wrong[0]]} for record "
                f"{number - self.firsts[file]}, whose row has "
                f"{tokens[wrong[0]]} tokens",
            )
        return numbers

    def _data(self, framed: bytes, number: int, begin: int) -> bytes:
        data = framed[tfrecords.HEADER_BYTES : -tfrecords.FOOTER_BYTES]
        # The frame has the length and checksums of both.
        if tfrecords.frame(data) != framed:
            file = int(np.searchsorted(self.firsts, number, side="right")) - 1
            raise ValueError(
                "A record must match its checksum. Received: record "
                f"{number - self.firsts[file]} of {self.paths[file]}, at byte "
                f"{begin}, which does not. Copy the file again, or make the "
                "records again."
            )
        return data


def _allow_open_files(count: int) -> None:
    """Raises the limit on open files, often 1024, if `count` more need it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard and count > soft // 2:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _whole_index(
    paths: list[str], opened: list[ranges.RangeFile], longest: int | None
) -> record_index.WholeIndex:
    sizes: list[np.ndarray] = []
    lengths: list[np.ndarray] = []
    stored = not all(file.is_local for file in opened)
    indexes = ranges.at_once(
        _read_index, zip(paths, opened, strict=True), stored
    )
    for path, file, index in zip(paths, opened, indexes, strict=True):
        if index is None:
            sizes.append(_walk(file, path))
        else:
            sizes.append(index[:, 0])
            lengths.append(_checked_lengths(index[:, 1], path, longest))
    known = len(lengths) == len(paths)
    return record_index.WholeIndex(
        sizes, np.concatenate(lengths) if known else None
    )


def _read_index(opened: tuple[str, ranges.RangeFile]) -> np.ndarray | None:
    """uint32 [records, 2], as `tfrecords.write_shard` wrote it, or None."""
    path, file = opened
    index_path = tfrecords.index_path(path)
    if not files.exists(index_path):
        return None
    index = tfrecords.read_index(index_path)
    described = int(index[:, 0].sum(dtype=np.int64))
    described += tfrecords.FRAME_BYTES * len(index)
    if described != file.size:
        raise ValueError(
            "The index of a record file must describe it. Received: "
            f"{index_path} for {described} bytes of records, and {path} with "
            f"{file.size}. {tfrecords.INDEX_REMEDY}"
        )
    return index


def _checked_lengths(
    lengths: np.ndarray, path: str, longest: int | None
) -> np.ndarray:
    """Returns the lengths of rows if they are plausible, since indexes of
    earlier versions have no checksum."""
    most = longest or lengths.max(initial=0)
    (wrong,) = np.nonzero((lengths < packing.SHORTEST_ROW) | (lengths > most))
    if len(wrong):
        raise _wrong_length(
            path,
            f"{lengths[wrong[0]]} for record {wrong[0]}, where rows have "
            f"{packing.SHORTEST_ROW} to {most} tokens",
        )
    return lengths


def _wrong_length(path: str, how: str) -> ValueError:
    return ValueError(
        "The index of a record file must say how long its rows are. Received: "
        f"{tfrecords.index_path(path)} with {how}. {tfrecords.INDEX_REMEDY}"
    )


def _walk(file: ranges.RangeFile, path: str) -> np.ndarray:
    """int64 [records]: bytes of each record's data, from its header."""
    read = ranges.in_blocks(file)
    sizes, at = [], 0
    while at < file.size:
        header = read(at, tfrecords.HEADER_BYTES)
        length, checksum = header[:8], header[8:]
        size = int.from_bytes(length, "little")
        after = at + tfrecords.FRAME_BYTES + size
        whole = len(header) == tfrecords.HEADER_BYTES
        known = struct.pack("<I", tfrecords.masked_checksum(length))
        if whole and checksum != known:
            raise _incomplete(path, f"has no record at byte {at}")
        if not whole or after > file.size:
            raise _incomplete(path, f"ends inside the record at byte {at}")
        sizes.append(size)
        at = after
    return np.array(sizes, np.int64)


def _incomplete(path: str, how: str) -> ValueError:
    return ValueError(
        "A record file must be a complete TFRecord file, not compressed. "
        f"Received: {path}, which {how}. Copy the file again, or make the "
        "records again."
    )
