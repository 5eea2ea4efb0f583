"""Many short texts in one file, each read by its number."""

import mmap
import os
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from albert_tf.retrieval import damaged

_OFFSETS = ".offsets.npy"


class Lines:
    """The entries of a file that `Writer` wrote, mapped into memory.

    Args:
        path: path of the file.
    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._offsets = np.load(path + _OFFSETS, mmap_mode="r")
        except (ValueError, EOFError) as error:
            raise damaged.error(path, str(error)) from None
        size = os.path.getsize(path)
        if (
            self._offsets.ndim != 1
            or self._offsets.dtype != np.int64
            or not len(self._offsets)
            or self._offsets[-1] != size
        ):
            raise damaged.error(path, f"{size:,} bytes, which do not fit")
        with open(path, "rb") as file:
            self._map = (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                if size
                else b""
            )

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> str:
        start, end = self._offsets[number : number + 2]
        try:
            return self._map[start:end].decode()
        except UnicodeDecodeError as error:
            raise damaged.error(self._path, str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))


class Writer:
    """Writes entries one after another; a context manager.

    Args:
        path: path of the file, which is replaced.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = open(path, "wb")
        # 8 bytes an entry in memory.
        self._offsets = bytearray(np.int64(0).tobytes())
        self._place = 0

    def write(self, entry: str) -> None:
        content = entry.encode()
        self._file.write(content)
        self._place += len(content)
        self._offsets += np.int64(self._place).tobytes()

    def extend(self, entries: Iterable[str]) -> None:
        for entry in entries:
            self.write(entry)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        np.save(
            self._path + _OFFSETS, np.frombuffer(self._offsets, dtype=np.int64)
        )
