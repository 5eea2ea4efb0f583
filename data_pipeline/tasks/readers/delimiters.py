"""What separates the columns of a text file: as named, or as its rows show."""

import csv
import itertools
import re
from collections.abc import Iterable
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks.readers import text_lines

KNOWN = (",", ";", "\t", "|")
_NAMES = {"tab": "\t", r"\t": "\t"}
# Excel writes it before the header and takes it off again.
_SAID = re.compile(r'"?sep=([^"])"?\r?', re.IGNORECASE)
# How much of a file is looked at.
_ROWS = 100
_CHARACTERS = 1 << 20


def checked(delimiter: str) -> str:
    """The character that a user names.

    Raises:
        ValueError: it is not one character that can separate columns.
    """
    found = _NAMES.get(delimiter, delimiter)
    if len(found) != 1 or found in '"\r\n':
        raise ValueError(
            "--delimiter must be one character, or tab. Received: "
            f"{delimiter!r}."
        )
    return found


def said(line: str) -> str | None:
    """The delimiter in a first line such as sep=; or None."""
    match = _SAID.fullmatch(line)
    return match and match[1]


def sample(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The numbered lines to look at, the first of a file."""
    found, size = [], 0
    for line in itertools.islice(lines, _ROWS):
        found.append(line)
        size += len(line[1])
        if size > _CHARACTERS:
            break
    return found


def reader(lines: Iterable[str], delimiter: str):
    """Python's csv.reader of lines with their ends, for cells of any length
    that a line can have."""
    # The limit is one for the whole process.
    csv.field_size_limit(text_lines.LONGEST)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def find(
    path: str,
    sample: Sequence[str],
    own: str | None,
    needed: Sequence[str] = (),
) -> str:
    r"""The delimiter of a file.

    The one under which the first line names the columns that are needed;
    otherwise the one that divides the first row, and most of the others into
    as many columns. A log line says what was found, where another was
    possible.

    Args:
        path: of the file, for messages.
        sample: its first lines.
        own: that of the file's ending, for files with one column; None: there
            must be several columns.
        needed: names that its first line must have; () where it names none.
    Raises:
        ValueError: several divide it, or none and `own` is None.
    """
    sample = [line + "\n" for line in sample if line.strip()]
    rows = {mark: _cells(sample, mark) for mark in KNOWN}
    if own is None:  # then quotes beside tabs are characters, as in .tsv
        rows["\t"] = [line.split("\t") for line in sample]
    first = {mark: rows[mark][0] if rows[mark] else [] for mark in KNOWN}
    if needed:
        fitting = [
            mark
            for mark in KNOWN
            if set(needed) <= {name.strip() for name in first[mark]}
        ]
        if len(fitting) == len(KNOWN):
            return own or "\t"  # one column, which is the one needed
        if len(fitting) == 1:
            return _logged(path, fitting[0], fitting[0] != own)
    shares = {
        mark: _share(rows[mark]) for mark in KNOWN if len(first[mark]) > 1
    }
    if not shares and own:
        return own
    best = max(shares.values(), default=0)
    found = [mark for mark, share in shares.items() if share == best]
    if len(found) != 1 or (own is None and best < 1):
        both = " and ".join(map(repr, found))
        raise ValueError(
            "A table must have columns, and one character between them. "
            f"Received: {path}, whose first lines "
            f"{both if len(found) > 1 else 'none of , ; tab and |'} divide "
            "evenly. Name it with --delimiter (tab for a file with one "
            "column), or convert another kind of file to .csv, .tsv or .jsonl."
        )
    return _logged(path, found[0], found[0] != own or len(shares) > 1)


def _logged(path: str, delimiter: str, is_guess: bool) -> str:
    if is_guess:
        logging.info(
            "Columns of %s are taken to be separated by %r. --delimiter names "
            "another.",
            path,
            delimiter,
        )
    return delimiter


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Rows; [] for one that is not CSV. A last one may be cut: it is left out
    then."""
    found = reader(lines, delimiter)
    rows = []
    while True:
        try:
            rows.append(next(found))
        except StopIteration:
            return rows
        except csv.Error:
            if found.line_num < len(lines) or not rows:
                rows.append([])


def _share(rows: Sequence[Sequence[str]]) -> float:
    """The share of rows that have as many columns as the first."""
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows)
