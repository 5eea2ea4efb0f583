"""Reads the lines of a data file, of limited length and in any encoding."""

import codecs
import contextlib
import gzip
import os
import zlib
from collections.abc import Iterator
from typing import Protocol

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks.readers import text_encodings

# Maximum number of characters in a line, so that a file without line ends is
# not read into memory.
LONGEST = 16 << 20
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


def read(path: str, encoding: str | None = None) -> Iterator[tuple[int, str]]:
    r"""Yields (line number from 1, line without "\n").

    Only "\n" ends a line; U+2028 and the like are part of a text. If a file
    has "\r" and no "\n" in its first MiB, only "\r" ends a line. Bytes that
    cannot be decoded become lone surrogates, see `is_text`. A byte order mark
    and blank lines at the end of the file are left out.

    Args:
        path: path of the file, which may be compressed with gzip.
        encoding: its encoding. None: use text_encodings.find.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is longer than LONGEST, or the file is damaged.
    """
    blank = 0  # blank lines that may be at the end of the file
    for number, line in enumerate(_lines(path, encoding), start=1):
        if line in ("", "\r"):
            blank += 1
            continue
        yield from ((number - back, "") for back in range(blank, 0, -1))
        blank = 0
        yield number, line


def is_text(line: str) -> bool:
    """Whether a line can be encoded as UTF-8: it has no lone surrogates."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def ending(path: str) -> str:
    """The ending of a file's name, such as ".csv", in lowercase and without
    .gz."""
    name = os.path.basename(path).lower().removesuffix(".gz")
    return os.path.splitext(name)[1]


def chunks(path: str, encoding: str | None = None) -> Iterator[str]:
    """The text of a file in pieces, without a byte order mark.

    Args and Raises: as in `read`, but lines may have any length.
    """
    if not files.exists(path):
        raise FileNotFoundError(
            f"A data file must exist. Received: {path!r}. Check the path; a "
            "relative path starts in the working directory."
        )
    with _opened(path) as file:
        content = _read(path, file)
        codec = text_encodings.find(path, content, encoding)
        decoder = codecs.getincrementaldecoder(codec)(text_encodings.ERRORS)
        text = decoder.decode(content).removeprefix("\ufeff")
        while content:
            yield text
            content = _read(path, file)
            text = decoder.decode(content, final=not content)
        yield text


class _Readable(Protocol):
    """A file, or the content of a compressed one."""

    def read(self, size: int, /) -> bytes: ...


@contextlib.contextmanager
def _opened(path: str) -> Iterator[_Readable]:
    with files.open(path, "rb") as file:
        is_compressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if is_compressed else file


def _read(path: str, file: _Readable) -> bytes:
    try:
        return file.read(_CHUNK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(
            "A compressed file must be complete and undamaged. Received: "
            f"{path} ({error}). Write or copy it again."
        ) from None


def _lines(path: str, encoding: str | None) -> Iterator[str]:
    # Reads chunks, because tf.io.gfile's readline has no limit.
    end, rest, given = None, "", 0
    for chunk in chunks(path, encoding):
        end = end or _line_end(path, chunk)
        *lines, rest = (rest + chunk).split(end)
        given += len(lines)
        yield from lines
        if len(rest) > LONGEST:
            raise ValueError(
                f"A line must have at most {LONGEST >> 20} Mi characters. "
                f"Received: {path}, whose line {given + 1} is longer. Check "
                "that it is a text file with one row on each line."
            )
    if rest:
        yield rest


def _line_end(path: str, start: str) -> str:
    if "\n" in start or "\r" not in start[:-1]:
        return "\n"
    logging.info(
        "%s is read with carriage returns as line ends, because it begins "
        "without line feeds.",
        path,
    )
    return "\r"
