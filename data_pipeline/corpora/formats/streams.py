"""Reads files, compressed or not, in chunks of bytes."""

import bz2
import contextlib
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import IO
from typing import Any

from backports import zstd

from data_pipeline.io import files

# Suffixes of compressed files.
COMPRESSION = (".gz", ".bz2", ".xz", ".zst")

_CHUNK = 1 << 20
# Text may begin with the first three bytes of bzip2. The fourth is the block
# size, followed by digits of pi or, in an empty stream, of its square root.
_BZ2_START = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_CORRUPTION = (
    *(EOFError, OSError, zlib.error),
    *(lzma.LZMAError, zstd.ZstdError),
)


def chunks(path: str) -> Iterator[tuple[bytes, int]]:
    """Yields the decompressed content of a file.

    Args:
        path: any path; gzip, bzip2, xz and zstd are recognized.
    Yields:
        Up to 1 MB of decompressed content, and the number of bytes of the
        file read so far, which measures progress.
    Raises:
        ValueError: a compressed file is truncated or corrupt.
    """
    with contextlib.closing(files.open(path)) as file:
        magic = file.read(10)
        file.seek(0)
        if not magic and path.endswith(COMPRESSION):
            raise _incomplete(path, "it is empty")
        decompress = _decompressor(magic)
        if decompress is None:
            yield from ((chunk, file.tell()) for chunk in _read(file))
            return
        try:
            yield from ((chunk, file.tell()) for chunk in decompress(file))
        except _CORRUPTION as error:
            raise _incomplete(path, error) from None


def _incomplete(path: str, error: Exception | str) -> ValueError:
    return ValueError(
        f"A compressed file must be whole. Received: {path}, which is "
        f"truncated or corrupt ({error}). Fetch or make it again."
    )


def start(path: str, size: int) -> bytes:
    """The first `size` bytes of a file, decompressed; all if it has fewer.

    Raises:
        ValueError: a compressed file is truncated or corrupt.
    """
    found = b""
    for chunk, _ in chunks(path):
        found += chunk
        if len(found) >= size:
            break
    return found[:size]


def _decompressor(start: bytes) -> Callable[[IO], Iterator[bytes]] | None:
    """The decompressor for a file that starts so, whatever its name."""
    if start.startswith(b"\x1f\x8b"):
        return lambda file: _read(gzip.GzipFile(fileobj=file))
    if _BZ2_START.match(start):
        return lambda file: _streams(file, bz2.BZ2Decompressor)
    if start.startswith(b"\xfd7zXZ\x00"):
        return lambda file: _streams(file, lzma.LZMADecompressor)
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        return lambda file: _streams(file, zstd.ZstdDecompressor)
    return None


def _read(file: IO | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _streams(file: IO, make: Callable[[], Any]) -> Iterator[bytes]:
    """Decompresses concatenated streams, as in a dump.

    BZ2File and LZMAFile would end without an error if other data follows a
    stream.
    """
    decompressor = make()
    data = file.read(_CHUNK)
    while data or not decompressor.eof:
        if decompressor.needs_input and not data:
            raise EOFError("it ends inside a stream")
        if chunk := decompressor.decompress(data, _CHUNK):
            yield chunk
        data = b""
        if decompressor.eof:
            data = decompressor.unused_data.lstrip(b"\0")  # padding
        if not data and (decompressor.eof or decompressor.needs_input):
            data = file.read(_CHUNK)
        if data and decompressor.eof:
            decompressor = make()
