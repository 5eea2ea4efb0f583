"""The lines of a data file: bounded, decoded, and marked where that fails."""

import codecs
import contextlib
import gzip
import os
import zlib
from collections.abc import Iterator

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks.readers import text_encodings

# Characters; a file without line ends, or of another kind, is not read to its
# end.
LONGEST = 16 << 20
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


def read(path: str, encoding: str | None = None) -> Iterator[tuple[int, str]]:
    r"""Yields (number from 1, line without "\n"), a byte order mark left out.

    Only "\n" ends a line: U+2028 and others are characters of a text. In a
    file that has "\r" and no "\n" in its first MiB, only "\r" does. What
    cannot be decoded comes out as lone surrogates, see `is_text`. Blank lines
    at the end of the file are left out.

    Args:
        path: the file; it may be packed by gzip.
        encoding: its name. None: by text_encodings.find.
    Raises:
        FileNotFoundError: no such file.
        ValueError: a line is longer than LONGEST, or the file is damaged.
    """
    blank = 0  # lines seen and not yet given
    for number, line in enumerate(_lines(path, encoding), start=1):
        if line in ("", "\r"):
            blank += 1
            continue
        yield from ((number - back, "") for back in range(blank, 0, -1))
        blank = 0
        yield number, line


def is_text(line: str) -> bool:
    """Whether it can be written as UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def ending(path: str) -> str:
    """The ending of a file's name, such as ".csv", in lower case and without
    the .gz of a packed file."""
    name = os.path.basename(path).lower().removesuffix(".gz")
    return os.path.splitext(name)[1]


def chunks(path: str, encoding: str | None = None) -> Iterator[str]:
    """The text of a file in pieces, without a byte order mark.

    Args and raises: as in `read`, except for the length of lines.
    """
    if not files.exists(path):
        raise FileNotFoundError(
            f"A data file must exist. Received: {path!r}. Check the path; "
            "relative ones start in the working directory."
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


@contextlib.contextmanager
def _opened(path: str):
    with files.open(path, "rb") as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if is_packed else file


def _read(path: str, file) -> bytes:
    try:
        return file.read(_CHUNK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(
            f"A packed file must be whole. Received: {path} ({error}). Make "
            "or copy it again."
        ) from None


def _lines(path: str, encoding: str | None) -> Iterator[str]:
    # By chunks: tf.io.gfile's readline has no limit.
    end, rest, given = None, "", 0
    for chunk in chunks(path, encoding):
        end = end or _line_end(path, chunk)
        *lines, rest = (rest + chunk).split(end)
        given += len(lines)
        yield from lines
        if len(rest) > LONGEST:
            raise ValueError(
                f"A line must have at most {LONGEST >> 20} Mi characters. "
                f"Received: {path} with a longer one, line {given + 1}. Is it "
                "a text file, with one row a line?"
            )
    if rest:
        yield rest


def _line_end(path: str, start: str) -> str:
    if "\n" in start or "\r" not in start[:-1]:
        return "\n"
    logging.info(
        "Lines of %s are taken to end in carriage returns: it has no line "
        "feed where one would be.",
        path,
    )
    return "\r"
