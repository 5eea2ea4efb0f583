"""Ranges of bytes of local files and of files on cloud storage."""

import functools
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent import futures
from typing import Any
from typing import Protocol
from typing import TypeVar

from data_pipeline.io import files
from data_pipeline.io import object_stores

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
# Bytes that `in_blocks` fetches at a time.
_BLOCK = 1 << 22


class RangeFile(Protocol):
    """A file of which any range can be read, from several threads.

    Attributes:
        size: bytes of the file, when it was opened.
        is_local: whether reading takes no request over a network.
    """

    size: int
    is_local: bool

    def read(self, begin: int, size: int) -> bytes:
        """Reads `size` bytes from `begin` on; fewer at the end of the file."""


class _LocalFile:
    is_local = True

    def __init__(self, path: str):
        self._file = open(path, "rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, begin: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, begin)


class _StoredFile:
    is_local = False

    def __init__(self, path: str, size: int, store: object_stores.Ranges):
        self.size, self._path, self._store = size, path, store

    def read(self, begin: int, size: int) -> bytes:
        return self._store.read(
            self._path, begin, max(0, min(size, self.size - begin))
        )


class _GfileFile:
    """A file that only tf.io.gfile opens, as in ram://."""

    is_local = True

    def __init__(self, path: str):
        self.size, self._path = files.size(path), path

    def read(self, begin: int, size: int) -> bytes:
        with files.open(self._path) as file:
            file.seek(begin)
            return file.read(size)


def open_all(paths: list[str]) -> list[RangeFile]:
    """Opens files, which may lie on cloud storage.

    Raises:
        ImportError: the client of a storage is not installed.
        OSError: a file cannot be opened.
    """
    stores: dict[str, object_stores.Ranges] = {}
    for path in paths:
        scheme = path.split("://")[0]
        if is_stored(path) and scheme not in stores:
            stores[scheme] = object_stores.Ranges(path)

    def open_one(path: str) -> RangeFile:
        if files.is_local(path):
            return _LocalFile(path)
        if not is_stored(path):
            return _GfileFile(path)
        store = stores[path.split("://")[0]]
        return _StoredFile(path, files.size(path), store)

    return list(at_once(open_one, paths, any(map(is_stored, paths))))


def is_stored(path: str) -> bool:
    """Whether a file is read by requests over a network."""
    return not files.is_local(path) and object_stores.is_known(path)


def at_once(
    call: Callable[[_Item], _Result], items: Iterable[_Item], stored: bool
) -> Iterator[_Result]:
    """Calls a function for each item and gives the results in order.

    Calls that wait for cloud storage are made for as many items at a time as
    there may be requests.
    """
    return _threads().map(call, items) if stored else map(call, items)


def in_blocks(file: RangeFile) -> Callable[[int, int], bytes]:
    """A `read` for small ranges in ascending order, as of headers."""
    if file.is_local:
        return file.read
    block, block_begin = b"", 0

    def read(begin: int, size: int) -> bytes:
        nonlocal block, block_begin
        at = begin - block_begin
        if not 0 <= at <= len(block) - size:
            block, block_begin = file.read(begin, max(size, _BLOCK)), begin
            at = 0
        return block[at : at + size]

    return read


@functools.cache
def _threads() -> Any:
    return futures.ThreadPoolExecutor(
        object_stores.REQUESTS, thread_name_prefix="storage"
    )
