"""Rows of any file with a table in it: what kind it is, and by what reader."""

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
# First bytes of files that are not read, and what those are.
_OTHERS = {
    b"PK\x03\x04": "a workbook such as .xlsx, or a .zip archive",
    b"\xd0\xcf\x11\xe0": "a workbook such as .xls",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
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
    """Yields (number of the row's first line from 1, or its name; the row).

    A row is a dict by column. A malformed one is None, and `problems` is told.
    Parquet and Arrow files, and folders that `datasets` saved, are known by
    their first bytes and names; JSON and files with delimiters by the ending,
    or else by how they begin.

    Args:
        path: the file or folder. Text files may be packed by gzip.
        problems: told of malformed rows.
        needed: columns that the file must have; of JSON each row has its own.
        header, delimiter: as in delimited.rows.
        encoding: of text files. None: by text_encodings.find.
    Raises:
        ValueError: another kind of file, or it lacks a column.
        FileNotFoundError: no such file.
        ImportError: pyarrow is missing, for Parquet and Arrow.
    """
    if files.is_folder(path):
        return arrow_rows.rows(path, problems, needed)
    start = _first_bytes(path)
    ending = text_lines.ending(path)
    if start.startswith((arrow_rows.PARQUET, arrow_rows.ARROW)) or (
        ending == ".arrow" and start.startswith(arrow_rows.STREAM)
    ):
        return arrow_rows.rows(path, problems, needed)
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


def _first_bytes(path: str) -> bytes:
    if not files.exists(path):
        return b""  # which its reader says
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
            f"{path}, which is XML or HTML. Write its examples as JSON lines, "
            "each an object with the columns; entities of a text as "
            '{"text": "Ms Lee", "label": [[3, 6, "PER"]]}.'
        )
    if ending in _ARROW_ENDINGS and start:
        found = f"no {ending[1:]} file, by its first bytes"
    if found:
        raise ValueError(
            "A table must be a text file, such as .csv, .tsv or .jsonl, or a "
            f"Parquet or Arrow file. Received: {path}, which is {found}. "
            "Unpack it, or save it as CSV in UTF-8."
        )
