"""The lines of a data file, with bounds and with what is no text found out."""

from collections.abc import Iterator

from data_pipeline import files

# Bytes; a file without line ends, or of another kind, is not read to its end.
LONGEST = 16 << 20
_CHUNK = 1 << 20


def read(path: str) -> Iterator[tuple[int, str]]:
    r"""Yields (number from 1, line without "\n"), a byte order mark left out.

    Only "\n" ends a line: U+2028 and others are characters of a text. What is
    no UTF-8 comes out as lone surrogates, see `is_text`. Blank lines at the
    end of the file are left out.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a line is longer than LONGEST.
    """
    if not files.exists(path):
        raise FileNotFoundError(
            f"A data file must exist. Received: {path!r}. Check the path; "
            "relative ones start in the working directory."
        )
    blank = 0  # lines seen and not yet given
    for number, content in enumerate(_byte_lines(path), start=1):
        if number == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
        line = content.decode("utf-8", "surrogateescape")
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


def _byte_lines(path: str) -> Iterator[bytes]:
    # By chunks: tf.io.gfile's readline has no limit.
    with files.open(path, "rb") as file:
        rest, given = b"", 0
        while chunk := file.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            given += len(lines)
            yield from lines
            if len(rest) > LONGEST:
                raise ValueError(
                    f"A line has at most {LONGEST >> 20} MiB. Received: {path} "
                    f"with a longer one, line {given + 1}. Is it a text file, "
                    "with one row a line?"
                )
        if rest:
            yield rest
