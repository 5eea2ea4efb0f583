"""The cells of a row of one's own file, as what a task takes.

All raise BadRow where a cell is something else.
"""

import json
import math
import re
from typing import Any

from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import printed_lists

Row = dict[str, Any]

# What programs write where a value is missing. "None", "NA" and "N/A" are
# words that people name classes by.
MISSING = ("nan", "NaN", "-nan", "<NA>", "NaT", "null", "NULL", r"\N", "#N/A")

_FLAGS = {"0": False, "0.0": False, "false": False}
_FLAGS |= {"1": True, "1.0": True, "true": True}


class BadRow(Exception):
    """A row that cannot become an example.

    rule: what it breaks, as a sentence.
    received: what it has.
    """

    def __init__(self, rule: str, received: object):
        super().__init__(rule, received)
        self.rule = rule
        self.received = received


def value(row: Row, column: str) -> Any:
    """What a cell holds, of whatever type."""
    if column not in row:
        hint = column_names.hint(column, list(row))
        raise BadRow(
            f"A row must have the column {column!r}. {hint}".rstrip(),
            list(row),
        )
    return row[column]


def string(row: Row, column: str) -> str:
    """A text that may be empty."""
    cell = value(row, column)
    if not isinstance(cell, str):
        raise BadRow(f"The column {column!r} must hold a text.", cell)
    return cell


def text(row: Row, column: str) -> str:
    """A text with something in it."""
    cell = string(row, column)
    if not cell.strip():
        raise BadRow(f"The column {column!r} must hold a non-empty text.", cell)
    return cell


def name(row: Row, column: str) -> str:
    """An id or a label: a text, or a number or true or false as JSON has it."""
    cell = value(row, column)
    found = _name(cell) if isinstance(cell, str | int | float) else ""
    if not found or cell != cell or cell in (math.inf, -math.inf):
        raise BadRow(
            f"The column {column!r} must hold a name or a number.", cell
        )
    return found


def label(row: Row, column: str) -> str:
    """The name of a class: no list, and not missing."""
    cell = value(row, column)
    if isinstance(cell, list) or printed_lists.is_list(cell):
        raise BadRow(
            f"The column {column!r} must hold one label, not a list; lists "
            "are for the task type multilabel.",
            cell,
        )
    if isinstance(cell, str) and not cell.strip():
        raise _missing(cell, column)
    _check_present(cell, column)
    return name(row, column)


def number(row: Row, column: str) -> float:
    """A finite number."""
    cell = value(row, column)
    try:
        result = float(str(cell))
    except ValueError:
        result = math.nan
    if not math.isfinite(result):
        raise BadRow(
            f"The column {column!r} must hold a finite number, with a decimal "
            "point if it has decimals.",
            cell,
        )
    return result


def flag(row: Row, column: str) -> bool:
    """Whether a label applies: 1 or 0, true or false."""
    cell = value(row, column)
    key = str(cell).strip().lower()
    if key not in _FLAGS:
        raise BadRow(
            f"The column {column!r} must hold 0 or 1, or false or true.", cell
        )
    return _FLAGS[key]


def place(row: Row, column: str) -> int | None:
    """A number of characters, from 0; None where the cell is empty."""
    cell = value(row, column)
    if cell is None or cell == "" or cell != cell:
        return None
    # pandas writes 3.0 where other rows have no number.
    match = re.fullmatch(r"([0-9]{1,9})(\.0)?", str(cell).strip())
    if not match:
        raise BadRow(
            f"The column {column!r} must hold a number of characters, counted "
            "from 0.",
            cell,
        )
    return int(match[1])


def names(row: Row, column: str, separator: str) -> list[str]:
    """A list of names, or names with a separator between them.

    A list may also be a text, as printed_lists reads it. Empty names are left
    out.
    """
    cell = value(row, column)
    items = printed_lists.items(cell)
    if isinstance(cell, str) and not printed_lists.is_list(cell):
        items = cell.split(separator)
    for item in [cell] if items is None else items:
        _check_present(item, column)
    if items is None or not all(isinstance(x, str | int) for x in items):
        raise BadRow(
            f"The column {column!r} must hold a list of names, or a text with "
            f"{separator!r} between them.",
            cell,
        )
    numbers = [item for item in items if not isinstance(item, str)]
    if len(set(numbers)) < len(numbers):
        raise BadRow(
            f"The column {column!r} must hold each label number once; zeros "
            "and ones need a column for each label (--label_columns).",
            cell,
        )
    return [item for item in map(_name, items) if item]


def _check_present(cell: object, column: str) -> None:
    is_missing = cell is None or cell != cell
    if is_missing or (isinstance(cell, str) and cell.strip() in MISSING):
        raise _missing(cell, column)


def _missing(cell: object, column: str) -> BadRow:
    return BadRow(
        f"The column {column!r} must hold a label, which is missing here.", cell
    )


def _name(cell: str | int | float) -> str:
    return cell.strip() if isinstance(cell, str) else json.dumps(cell)
