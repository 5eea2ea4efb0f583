"""Reads tables with a delimiter between columns: .csv, .tsv and others."""

import csv
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import delimiters
from data_pipeline.tasks.readers import text_encodings
from data_pipeline.tasks.readers import text_lines

TABS = (".tsv", ".tab")
ENDINGS = (".csv", *TABS)


def rows(
    path: str,
    problems: row_problems.Problems,
    *,
    header: bool = True,
    delimiter: str | None = None,
    encoding: str | None = None,
    needed: Sequence[str] = (),
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Yields (number of the row's first line from 1, the row).

    A row is a dict by column. A row is malformed if it has bytes of another
    encoding, another number of columns than the first line, or unbalanced
    quotes: it is reported, and None takes its place. Blank lines are not rows.

    .csv: as Python's csv module reads it; quoted fields may have line ends.
    .tsv: columns are separated by tabs, and quotes are ordinary characters,
    unless all names in the header are quoted, or every cell with quotes is
    quoted as in CSV.
    Other endings: as .tsv if the delimiter is a tab, and otherwise as .csv.

    Args:
        path: path of the file.
        problems: reports malformed rows.
        header: whether the first line names the columns; if not, their names
            are "0", "1", ...
        delimiter: the character between columns; with a tab given here, quotes
            are ordinary characters. None: use delimiters.find.
        encoding: encoding of the file. None: use text_encodings.find.
        needed: columns that the file must have.
    Raises:
        ValueError: the header cannot be used, or a column is missing.
        FileNotFoundError: there is no such file.
    """
    names: list[str] | None = None
    blank = 0
    for number, cells, fault in _lines(
        path, header, delimiter, encoding, needed
    ):
        if not cells and not fault:
            blank += 1
            continue
        if names is None and header:
            names = column_names.checked_header(path, cells, fault)
            column_names.check(path, names, needed, of_first_line=True)
            continue
        if fault:
            problems.add(path, number, fault, cells)
            yield number, None
            continue
        if names is None:
            names = [str(column) for column in range(len(cells))]
            column_names.check(path, names, needed)
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
        elif len(cells) == 1 and not cells[0].strip():
            blank += 1
        else:
            rule = (
                f"A row must have {len(names)} columns, as the first line does."
            )
            problems.add(path, number, rule, cells)
            yield number, None
    if names is None and header:
        column_names.checked_header(path, [], None)
    if blank:
        logging.info("Blank lines skipped in %s: %d.", path, blank)


# Number of a row's first line; its cells, of which a blank line has none; and
# the rule that it violates, or None.
_Cells = tuple[int, list[str], str | None]


def _lines(
    path: str,
    header: bool,
    delimiter: str | None,
    encoding: str | None,
    needed: Sequence[str],
) -> Iterator[_Cells]:
    lines = text_lines.read(path, encoding)
    sample = delimiters.sample(lines)
    first = 1
    found = said = delimiters.said(sample[0][1]) if sample else None
    if said:
        del sample[0]
        first = 2
    if delimiter:
        found = delimiters.checked(delimiter)
    texts = [line.removesuffix("\r") for _, line in sample]
    if not found:
        found = _found(path, texts, needed if header else ())
    lines = itertools.chain(sample, lines)
    if found != "\t" or text_lines.ending(path) == ".csv":
        return _csv_cells(lines, found, first, encoding)
    names = next(filter(None, texts), "").split("\t")
    if not delimiter and (
        header and all(map(_is_quoted, names)) or _has_quotes(path, encoding)
    ):
        logging.info("The quotes around cells of %s are removed.", path)
        return _csv_cells(lines, found, first, encoding)
    return _tsv_cells(lines, encoding)


def _found(path: str, sample: Sequence[str], needed: Sequence[str]) -> str:
    ending = text_lines.ending(path)
    is_tabs = ending in TABS
    if is_tabs and "\t" in next(filter(None, sample), ""):
        return "\t"
    own = "," if ending == ".csv" else "\t" if is_tabs else None
    return delimiters.find(path, sample, own, needed)


def _has_quotes(path: str, encoding: str | None) -> bool:
    """Whether all cells with quotes are quoted as pandas and csv write them:
    quotes around the cell, and doubled quotes inside."""
    total = doubled = 0
    for _, line in text_lines.read(path, encoding):
        for cell in line.removesuffix("\r").split("\t") if '"' in line else ():
            if '"' in cell:
                if not _is_quoted(cell):
                    return False
                total += 1
                doubled += '""' in cell[1:-1]
    if total > doubled:
        logging.info(
            "The quotes around %d cells of %s are read as part of their texts. "
            "If they are not, rename the file to .csv.",
            total,
            path,
        )
    return 0 < total == doubled


def _is_quoted(cell: str) -> bool:
    """Whether a cell is quoted as in CSV."""
    inner = cell[1:-1].replace('""', "")
    return len(cell) > 2 and cell[0] == cell[-1] == '"' and '"' not in inner


def _tsv_cells(
    lines: Iterable[tuple[int, str]], encoding: str | None
) -> Iterator[_Cells]:
    for number, line in lines:
        line = line.removesuffix("\r")
        fault = None
        if not text_lines.is_text(line):
            fault = text_encodings.rule(line, encoding)
        yield number, line.split("\t") if line else [], fault


def _csv_cells(
    lines: Iterable[tuple[int, str]],
    delimiter: str,
    first: int,
    encoding: str | None,
) -> Iterator[_Cells]:
    reader = delimiters.reader((line + "\n" for _, line in lines), delimiter)
    while True:
        number = reader.line_num + first
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            last = reader.line_num + first - 1
            where = f", up to line {last}" if last > number else ""
            yield (
                number,
                [],
                "A row must be valid CSV, with closed quotes and fields of at "
                f"most {text_lines.LONGEST:,} characters ({error}{where}).",
            )
            continue
        bad = next((c for c in cells if not text_lines.is_text(c)), None)
        fault = None if bad is None else text_encodings.rule(bad, encoding)
        yield number, cells, fault
