"""Random access to the records of TFRecord files.

Training reads records in an order that is drawn for each epoch and may start at
any step, so it looks records up by number instead of reading whole files.
"""

import os
import resource
import shutil
import struct
import tempfile
from typing import IO

import numpy as np

from data_pipeline.batches import packing
from data_pipeline.io import files
from data_pipeline.pretraining.records import tfrecords


class RecordFiles:
    """The records of several files, numbered consecutively.

    The index beside a file says where its records lie: 10 million are found
    in a second. A file without one is scanned once.

    Records are read with pread, not mapped: pages of mapped files count as
    memory of this process, fetching one blocks the interpreter, and a file
    that is truncated meanwhile kills the process. Files that are not local
    are copied once to the temporary folder (TMPDIR), into files that vanish
    with this process.

    Args:
        paths: uncompressed TFRecord files.
        longest: maximum number of tokens of a row; if None, any.
    Attributes:
        paths: as given.
        lengths: uint32 [records], tokens of each record's row, special ones
            included; None if a file has no index.
    Raises:
        ValueError: a file is truncated or not a TFRecord file, or an index
            does not describe its file.
    """

    def __init__(self, paths: list[str], longest: int | None = None):
        self.paths = paths
        _allow_open_files(len(paths))
        self._files = [_open_local(path) for path in paths]
        sizes: list[np.ndarray] = []
        lengths: list[np.ndarray] = []
        for path, file in zip(paths, self._files, strict=True):
            index = _read_index(path, os.fstat(file.fileno()).st_size)
            if index is None:
                sizes.append(_walk(file, path))
            else:
                sizes.append(index[:, 0])
                lengths.append(_checked_lengths(index[:, 1], path, longest))
        self.lengths: np.ndarray | None = None
        if len(lengths) == len(paths):
            self.lengths = np.concatenate(lengths)
        # With all files laid end to end, record n has bytes [begin[n],
        # begin[n + 1]), frame included. File f starts with record first[f].
        self._first = np.cumsum([0, *map(len, sizes)])
        self._begin = np.zeros(self._first[-1] + 1, np.int64)
        np.cumsum(np.concatenate(sizes), out=self._begin[1:])
        self._begin += tfrecords.FRAME_BYTES * np.arange(len(self._begin))

    def __len__(self) -> int:
        return int(self._first[-1])

    @property
    def firsts(self) -> np.ndarray:
        """int64 [files + 1]: the first record of each file, and the total."""
        return self._first

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """The serialized records of these numbers, as an object array [B].

        Raises:
            ValueError: a record is damaged.
        """
        numbers = np.asarray(numbers)
        file = np.searchsorted(self._first, numbers, side="right") - 1
        begin = self._begin[numbers]
        size = self._begin[numbers + 1] - begin
        begin -= self._begin[self._first[file]]
        out = np.empty(len(numbers), object)
        for i, where in enumerate(
            zip(file.tolist(), begin.tolist(), size.tolist(), strict=True)
        ):
            out[i] = self._read(int(numbers[i]), *where)
        return out

    def check_lengths(
        self, numbers: np.ndarray, tokens: np.ndarray
    ) -> np.ndarray:
        """Returns the numbers, if their rows have as many tokens as indexed.

        Raises:
            ValueError: the index has another number of tokens.
        """
        if self.lengths is None:
            return numbers
        (wrong,) = np.nonzero(self.lengths[numbers] != tokens)
        if len(wrong):
            number = int(numbers[wrong[0]])
            file = int(np.searchsorted(self._first, number, side="right")) - 1
            raise _wrong_length(
                self.paths[file],
                f"{self.lengths[number]} for record "
                f"{number - self._first[file]}, whose row has "
                f"{tokens[wrong[0]]} tokens",
            )
        return numbers

    def _read(self, number: int, file: int, begin: int, size: int) -> bytes:
        framed = os.pread(self._files[file].fileno(), size, begin)
        data = framed[tfrecords.HEADER_BYTES : -tfrecords.FOOTER_BYTES]
        # The frame has the length and checksums of both.
        if tfrecords.frame(data) != framed:
            raise ValueError(
                "A record must match its checksum. Received: record "
                f"{number - self._first[file]} of {self.paths[file]}, at byte "
                f"{begin}, which does not. Copy the file again, or make the "
                "records again."
            )
        return data


def _allow_open_files(count: int) -> None:
    """Raises the limit on open files, often 1024, if `count` more need it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard and count > soft // 2:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _open_local(path: str) -> IO[bytes]:
    """Opens a file with a descriptor, also if its path is not local."""
    if files.is_local(path):
        return open(path, "rb", buffering=0)
    copy = tempfile.TemporaryFile()
    with files.open(path) as source:
        shutil.copyfileobj(source, copy, length=1 << 24)
    copy.flush()
    return copy


def _read_index(path: str, file_size: int) -> np.ndarray | None:
    """uint32 [records, 2], as `tfrecords.write_shard` wrote it, or None."""
    index_path = tfrecords.index_path(path)
    if not files.exists(index_path):
        return None
    index = tfrecords.read_index(index_path)
    described = int(index[:, 0].sum(dtype=np.int64))
    described += tfrecords.FRAME_BYTES * len(index)
    if described != file_size:
        raise ValueError(
            "The index of a record file must describe it. Received: "
            f"{index_path} for {described} bytes of records, and {path} with "
            f"{file_size}. {tfrecords.INDEX_REMEDY}"
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


def _walk(file: IO[bytes], path: str) -> np.ndarray:
    """int64 [records]: bytes of each record's data, from its header."""
    end = os.fstat(file.fileno()).st_size
    sizes, at = [], 0
    while at < end:
        header = os.pread(file.fileno(), tfrecords.HEADER_BYTES, at)
        length, checksum = header[:8], header[8:]
        size = int.from_bytes(length, "little")
        after = at + tfrecords.FRAME_BYTES + size
        whole = len(header) == tfrecords.HEADER_BYTES
        known = struct.pack("<I", tfrecords.masked_checksum(length))
        if whole and checksum != known:
            raise _incomplete(path, f"has no record at byte {at}")
        if not whole or after > end:
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
