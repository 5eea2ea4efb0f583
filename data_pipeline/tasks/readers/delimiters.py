"""The delimiter of a text file: as named, or as its rows show."""

import csv
import itertools
import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Protocol

from absl import logging

from data_pipeline.tasks.readers import text_lines

KNOWN = (",", ";", "\t", "|")
_NAMES = {"tab": "\t", r"\t": "\t"}
# Excel writes this line before the header, and hides it when reading.
_SAID = re.compile(r'"?sep=([^"])"?\r?', re.IGNORECASE)
# How much of a file to examine.
_ROWS = 100
_CHARACTERS = 1 << 20


def checked(delimiter: str) -> str:
    """The delimiter that a user names, such as "tab".

    Raises:
        ValueError: it is not a character that can separate columns.
    """
    found = _NAMES.get(delimiter, delimiter)
    if len(found) != 1 or found in '"\r\n':
        raise ValueError(
            "--delimiter must be one character besides quotes, or tab. "
            f"Received: {delimiter!r}. Leave it out to detect the delimiter."
        )
    return found


def said(line: str) -> str | None:
    """The delimiter in a first line such as sep=; or None."""
    match = _SAID.fullmatch(line)
    return match and match[1]


def sample(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The first numbered lines of a file, to be examined."""
    found, size = [], 0
    for line in itertools.islice(lines, _ROWS):
        found.append(line)
        size += len(line[1])
        if size > _CHARACTERS:
            break
    return found


class Reader(Protocol):
    """What csv.reader returns."""

    @property
    def line_num(self) -> int:
        """The number of lines read so far."""

    def __next__(self) -> list[str]: ...


def reader(lines: Iterable[str], delimiter: str) -> Reader:
    """A csv.reader for lines with their ends, and for cells of any length that
    a line can have."""
    # The limit is global.
    csv.field_size_limit(text_lines.LONGEST)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def find(
    path: str,
    sample: Sequence[str],
    own: str | None,
    needed: Sequence[str] = (),
) -> str:
    r"""The delimiter of a file.

    It is the delimiter with which the first line names the needed columns; or
    else the one that divides the first row, and the largest share of the
    others, into the same number of columns. A log line reports it if others
    were possible.

    Args:
        path: path of the file, for messages.
        sample: the file's first lines.
        own: the delimiter of the file's ending, for files with one column;
            None: there must be several columns.
        needed: names that the first line must have; () if it names none.
    Raises:
        ValueError: several delimiters are equally likely, or none divides the
            file and `own` is None.
    """
    sample = [line + "\n" for line in sample if line.strip()]
    rows = {mark: _cells(sample, mark) for mark in KNOWN}
    if own is None:  # with tabs, quotes are then ordinary characters
        rows["\t"] = [line.split("\t") for line in sample]
    first = {mark: rows[mark][0] if rows[mark] else [] for mark in KNOWN}
    if needed:
        fitting = [
            mark
            for mark in KNOWN
            if set(needed) <= {name.strip() for name in first[mark]}
        ]
        if len(fitting) == len(KNOWN):
            return own or "\t"  # the needed column is the only one
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
        fault = "none of , ; tab and | divides evenly"
        if len(found) > 1:
            fault = f"{' and '.join(map(repr, found))} divide equally well"
        raise ValueError(
            "The columns of a table must be separated by one character. "
            f"Received: {path}, which {fault}. Name the character with "
            "--delimiter (tab for a file with one column), or convert the file "
            "to .csv, .tsv or .jsonl."
        )
    return _logged(path, found[0], found[0] != own or len(shares) > 1)


def _logged(path: str, delimiter: str, is_guess: bool) -> str:
    if is_guess:
        logging.info(
            "%s is read with %r between columns. If that is wrong, name the "
            "character with --delimiter.",
            path,
            delimiter,
        )
    return delimiter


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The rows of a sample; [] for one that is not valid CSV. The last row is
    left out if it is incomplete."""
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
    """The share of rows with the same number of columns as the first."""
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows)
