"""Files of bytes, compressed or not, read a chunk at a time."""

import bz2
import contextlib
import gzip
import lzma
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import IO

from backports import zstd

from data_pipeline import files

# Endings of names of compressed files.
COMPRESSION = (".gz", ".bz2", ".xz", ".zst")

_CHUNK = 1 << 20
# What a file starts with tells how it is compressed; names may say anything.
# None of these starts is UTF-8 text, but bzip2's: its fourth byte is the block
# size, and then come the digits of pi.
_MAGIC: dict[bytes, Callable[[IO], IO]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": zstd.ZstdFile,
}
_BZ2_START = b"1AY&SY"
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


def chunks(path: str) -> Iterator[tuple[bytes, int]]:
    """The content of a file, and how far into the file that is.

    Args:
        path: any path; gzip, bzip2, xz and zstd are recognised.
    Yields:
        up to 1 MB of decompressed content, and the bytes of the file read by
        then, to measure progress by.
    Raises:
        ValueError: a compressed file that is cut short or damaged.
    """
    with contextlib.closing(files.open(path)) as file:
        magic = file.read(10)
        file.seek(0)
        if not magic and path.endswith(COMPRESSION):
            raise _damaged(path, "it is empty")
        stream = _decompressed(file, magic)
        while True:
            try:
                chunk = stream.read(_CHUNK)
            except (*_DAMAGE, zstd.ZstdError, OSError) as error:
                if stream is file:
                    raise
                raise _damaged(path, error) from None
            if not chunk:
                return
            yield chunk, file.tell()


def _damaged(path: str, error: Exception | str) -> ValueError:
    return ValueError(
        f"A compressed file must be whole. Received: {path}, which is cut "
        f"short or damaged ({error}). Fetch or make it again."
    )


def start(path: str, size: int) -> bytes:
    """The first `size` bytes of a file's content, or all if it has fewer.

    Raises:
        ValueError: a compressed file that is cut short or damaged.
    """
    found = b""
    for chunk, _ in chunks(path):
        found += chunk
        if len(found) >= size:
            break
    return found[:size]


def _decompressed(file: IO, start: bytes) -> IO:
    for magic, opener in _MAGIC.items():
        if start.startswith(magic):
            if magic == b"BZh" and start[4:] != _BZ2_START:
                continue
            return opener(file)
    return file
