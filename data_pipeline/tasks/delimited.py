"""Rows of .tsv, .csv and .jsonl files, by the names of their columns."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import text_lines

ENDINGS = (".tsv", ".csv", ".jsonl")


def rows(
    path: str, problems: problems_lib.Problems, *, header: bool = True
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yields (number of the row's first line from 1, the row).

    A row is a dict by column; None if it is malformed, which `problems` is
    told: no UTF-8, another number of columns than the first line has, bad
    quotes, no JSON object.

    .tsv: tabs separate, and quotes are characters as others.
    .csv: as Python's csv reads it; quoted fields may hold line ends.
    .jsonl: an object a line, whose values stay what they are in JSON.

    Args:
        path: the file; its ending decides.
        problems: told of malformed rows.
        header: whether the first line of .tsv and .csv names the columns;
            otherwise their names are "0", "1", ...
    Raises:
        ValueError: another ending, or no usable header.
        FileNotFoundError: no such file.
    """
    if path.endswith(".jsonl"):
        yield from _json_rows(path, problems)
        return
    if path.endswith(".tsv"):
        lines = _tsv_cells(path)
    elif path.endswith(".csv"):
        lines = _csv_cells(path)
    else:
        raise ValueError(
            f"A data file ends in {', '.join(ENDINGS)}. Received: {path}. "
            "Rename it to say what it is."
        )
    names = None
    for number, cells, fault in lines:
        if names is None and header:
            names = _checked_header(path, cells, fault)
            continue
        names = names or [str(column) for column in range(len(cells))]
        if not fault and len(cells) != len(names):
            fault = f"A row has {len(names)} columns, as the first line."
        if fault:
            problems.add(path, number, fault, cells)
            yield number, None
        else:
            yield number, dict(zip(names, cells, strict=True))
    if names is None and header:
        _checked_header(path, [], None)


# Number of a row's first line, its cells, and what is wrong with it or None.
_Cells = tuple[int, list[str], str | None]

_NOT_UTF8 = "A line must be UTF-8."


def _tsv_cells(path: str) -> Iterator[_Cells]:
    for number, line in text_lines.read(path):
        fault = None if text_lines.is_text(line) else _NOT_UTF8
        yield number, line.removesuffix("\r").split("\t"), fault


def _csv_cells(path: str) -> Iterator[_Cells]:
    lines = (line + "\n" for _, line in text_lines.read(path))
    reader = csv.reader(lines, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Python's limit of a field, which an open quote also runs into.
            yield (
                number,
                [],
                f"A row must be CSV, with quotes closed and fields of at most "
                f"{csv.field_size_limit():,} characters ({error}).",
            )
            continue
        fault = None if all(map(text_lines.is_text, cells)) else _NOT_UTF8
        # A blank line is [], and an empty cell where there is one column.
        yield number, cells or [""], fault


def _checked_header(
    path: str, names: list[str], fault: str | None
) -> list[str]:
    names = [name.strip() for name in names]
    if fault or not any(names) or len(set(names)) < len(names):
        raise ValueError(
            f"The first line of {path} must name its columns, each once. "
            f"Received: {names}. {fault or ''} Correct it, or say that the "
            "file has no header: columns are then named 0, 1, ..."
        )
    return names


def _json_rows(
    path: str, problems: problems_lib.Problems
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for number, line in text_lines.read(path):
        if not text_lines.is_text(line):
            problems.add(path, number, _NOT_UTF8, line)
            yield number, None
            continue
        try:
            row = json.loads(line)
        # RecursionError: brackets nested by the thousand.
        except (ValueError, RecursionError):
            row = None
        # Escapes can spell lone surrogates, which are no text.
        if not isinstance(row, dict) or (
            "\\u" in line
            and not text_lines.is_text(json.dumps(row, ensure_ascii=False))
        ):
            problems.add(path, number, "A row must be a JSON object.", line)
            row = None
        yield number, row
