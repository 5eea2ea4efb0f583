"""Reads tables in any format, with the reader for the file's format."""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import arrow_rows
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import json_rows
from data_pipeline.tasks.readers import text_lines

_ARROW_ENDINGS = (".parquet", ".arrow", ".feather")
# First bytes of unsupported formats.
_OTHERS = {
    b"PK\x03\x04": "a workbook such as .xlsx, or a .zip archive",
    b"\xd0\xcf\x11\xe0": "a workbook such as .xls",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"7z\xbc\xaf": "a .7z archive",
    b"FEA1": "a Feather file of version 1",
    b"%PDF": "a PDF",
    b"SQLite format 3": "a SQLite database",
}
_MARKUP = (b"<?xml", b"<!doctype")


def rows(
    path: str,
    problems: row_problems.Problems,
    needed: Sequence[str] = (),
    *,
    header: bool = True,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Iterator[tuple[int | str, dict[str, Any] | None]]:
    """Yields (number of the row's first line from 1 or another name of its
    place, the row).

    A row is a dict by column. A malformed row is reported, and None takes its
    place. Parquet and Arrow files, and folders that `datasets` saved, are
    recognized by their first bytes and file names; JSON and files with
    delimiters by the ending, or else by their first characters.

    Args:
        path: the file or folder. Text files may be compressed with gzip.
        problems: reports malformed rows.
        needed: columns that the file must have; not checked for JSON, in which
            each row has its own.
        header, delimiter: as in delimited.rows.
        encoding: encoding of text files. None: use text_encodings.find.
    Raises:
        ValueError: the format is not supported, or a column is missing.
        FileNotFoundError: there is no such file.
        ImportError: pyarrow is not installed, for Parquet and Arrow.
    """
    if _is_arrow(path):
        return arrow_rows.rows(path, problems, needed)
    start = _first_bytes(path)
    ending = text_lines.ending(path)
    _check(path, start, ending)
    is_json = ending in json_rows.ENDINGS
    if not is_json and ending not in delimited.ENDINGS and not delimiter:
        is_json = json_rows.begins(next(text_lines.chunks(path, encoding)))
    if is_json:
        return json_rows.rows(path, problems, encoding)
    return delimited.rows(
        path,
        problems,
        header=header,
        delimiter=delimiter,
        encoding=encoding,
        needed=needed,
    )


def stored_columns(path: str) -> list[str] | None:
    """The names of the columns that a Parquet or Arrow file declares and that
    `rows` can read; None for files of other formats.

    Args and Raises: as in `rows`.
    """
    return arrow_rows.columns(path) if _is_arrow(path) else None


def _is_arrow(path: str) -> bool:
    if files.is_folder(path):
        return True
    start = _first_bytes(path)
    return start.startswith((arrow_rows.PARQUET, arrow_rows.ARROW)) or (
        text_lines.ending(path) == ".arrow"
        and start.startswith(arrow_rows.STREAM)
    )


def _first_bytes(path: str) -> bytes:
    if not files.exists(path):
        return b""  # its reader reports it
    with files.open(path, "rb") as file:
        return file.read(16)


def _check(path: str, start: bytes, ending: str) -> None:
    found = next(
        (_OTHERS[mark] for mark in _OTHERS if start[: len(mark)] == mark), None
    )
    first = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if first.startswith(_MARKUP) or (ending == ".xml" and first[:1] == b"<"):
        raise ValueError(
            "A table must have a row for each example. Received: "
            f"{path}, which is XML or HTML. Convert it to JSON lines, each an "
            "object with the columns; write a text and its entities as "
            '{"text": "Ms Lee", "label": [[3, 6, "PER"]]}.'
        )
    if ending in _ARROW_ENDINGS and start:
        found = f"not a {ending[1:]} file, by its first bytes"
    if found:
        raise ValueError(
            "A table must be a text file, such as .csv, .tsv or .jsonl, or a "
            f"Parquet or Arrow file. Received: {path}, which is {found}. "
            "Extract it, or save it as CSV in UTF-8."
        )
