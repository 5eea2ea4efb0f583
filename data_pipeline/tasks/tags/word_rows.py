"""Reads tables with one word in each row, and a column for its sentence.

    Sentence #   Word       Tag
    Sentence: 1  Thousands  O
                 of         O
    Sentence: 2  London     B-geo

An empty cell stands for the sentence above it; each row may also name its own.
"""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells

# How pandas writes an empty cell as text.
_MISSING = ("nan", "NaN")

# (line, word, tag); None for a bad row.
_Words = list[tuple[int | str, str, str] | None]


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    rows: Iterable[tuple[int | str, cells.Row | None]],
) -> list[example_types.TaggedExample | None]:
    """Reads the sentences of a table; None for one with a bad row.

    Args:
        path: path of the file, for messages.
        problems: collects bad rows.
        columns: names the columns `sentence`, `words` and `tags`.
        rows: (line, row) of the file; None for a row that is already in
            `problems`.
    Returns:
        Examples whose id is the number of the sentence, from 0.
    """
    examples: list[example_types.TaggedExample | None] = []
    for sentence in _sentences(path, problems, columns, rows):
        example = None
        words = [word for word in sentence if word is not None]
        if len(words) == len(sentence):
            example = example_types.TaggedExample(
                str(len(examples)),
                tuple(word for _, word, _ in words),
                tuple(tag for *_, tag in words) if columns.labelled else None,
                lines=tuple(line for line, *_ in words),
            )
        examples.append(example)
    problems.close(path, len(examples))
    return examples


def _sentences(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    rows: Iterable[tuple[int | str, cells.Row | None]],
) -> Iterator[_Words]:
    """Yields the words of each sentence."""
    if columns.sentence is None:
        raise ValueError(
            "A table with one word in each row must have a column of "
            "sentences. Received: sentence=None. Name the column."
        )
    place_of: dict[str, str] = {}
    words: _Words = []
    current = None
    for line, row in rows:
        if row is None:
            words.append(None)
            continue
        word = None
        try:
            name = _name(cells.value(row, columns.sentence))
            if name not in ("", current):
                if words:
                    yield words
                words, current = [], name
                _check_new(name, line, place_of)
            if current is None:
                raise cells.BadRow("The first row must name its sentence.", row)
            word = (
                line,
                _cell(row, columns.words, "word"),
                _cell(row, columns.tags, "tag") if columns.labelled else "",
            )
        except cells.BadRow as bad:
            problems.add(path, line, bad.rule, bad.received)
        words.append(word)
    if words:
        yield words


def _check_new(name: str, line: int | str, place_of: dict[str, str]) -> None:
    place = f"line {line}" if isinstance(line, int) else line
    first = place_of.setdefault(name, place)
    if first != place:
        raise cells.BadRow(
            "The rows of a sentence must be consecutive; those of this one "
            f"started in {first}.",
            name,
        )


def _name(cell: Any) -> str:
    """The name of a sentence; "" for an empty cell."""
    is_missing = cell is None or cell != cell or cell in _MISSING
    return "" if is_missing else str(cell).strip()


def _cell(row: cells.Row, column: str, what: str) -> str:
    cell = cells.value(row, column)
    if type(cell) in (int, float) and cell == cell:
        return str(cell)
    if (
        not isinstance(cell, str)
        or not cell.strip()
        or cell.strip() in _MISSING
        # They would break the lines of prediction files.
        or re.search("[\t\r\n]", cell)
    ):
        raise cells.BadRow(
            f"Each {what} must be a non-empty string without tabs and line "
            f"ends, other than {' and '.join(_MISSING)}.",
            cell,
        )
    return cell.strip(" ")
