"""The values in a row of a user's own file, checked and converted.

All functions raise BadRow if the value is of another type.
"""

import json
import math
import re
from typing import Any

from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import printed_lists

Row = dict[str, Any]

# Words that programs write for a missing value. "None", "NA" and "N/A" are not
# among them, because people use these as names of classes.
MISSING = ("nan", "NaN", "-nan", "<NA>", "NaT", "null", "NULL", r"\N", "#N/A")

_FLAGS = {"0": False, "0.0": False, "false": False}
_FLAGS |= {"1": True, "1.0": True, "true": True}


class BadRow(Exception):
    """A row that cannot become an example.

    Attributes:
        rule: the rule that it violates, as a sentence.
        received: the value that violates it.
    """

    def __init__(self, rule: str, received: object):
        super().__init__(rule, received)
        self.rule = rule
        self.received = received


def value(row: Row, column: str) -> Any:
    """The value in a cell, of any type."""
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
    """A text that is not blank."""
    cell = string(row, column)
    if not cell.strip():
        raise BadRow(f"The column {column!r} must hold a non-empty text.", cell)
    return cell


def name(row: Row, column: str) -> str:
    """An id or a label: a text, or a number, true or false as in JSON."""
    cell = value(row, column)
    found = _name(cell) if isinstance(cell, str | int | float) else ""
    if not found or cell != cell or cell in (math.inf, -math.inf):
        raise BadRow(
            f"The column {column!r} must hold a name or a number.", cell
        )
    return found


def label(row: Row, column: str) -> str:
    """The name of a class, which must not be a list or missing."""
    cell = value(row, column)
    if isinstance(cell, list) or printed_lists.is_list(cell):
        raise BadRow(
            f"The column {column!r} must hold one label, not a list; only the "
            "task type multilabel has lists.",
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
            f"The column {column!r} must hold a finite number; decimals come "
            "after a point.",
            cell,
        )
    return result


def weight(row: Row, column: str) -> float:
    """The weight of an example: a finite number from 0 on."""
    result = number(row, column)
    if result < 0:
        raise BadRow(
            f"The column {column!r} must hold a weight from 0 on.", row[column]
        )
    return result


def flag(row: Row, column: str) -> bool:
    """Whether a label applies, from 1 or 0, true or false."""
    cell = value(row, column)
    key = str(cell).strip().lower()
    if key not in _FLAGS:
        raise BadRow(
            f"The column {column!r} must hold 0 or 1, or false or true.", cell
        )
    return _FLAGS[key]


def place(row: Row, column: str) -> int | None:
    """A position in a text, from 0; None if the cell is empty."""
    cell = value(row, column)
    if cell is None or cell == "" or cell != cell:
        return None
    # pandas writes 3.0 if other rows are empty.
    match = re.fullmatch(r"([0-9]{1,9})(\.0)?", str(cell).strip())
    if not match:
        raise BadRow(
            f"The column {column!r} must hold the position of a character, "
            "counted from 0.",
            cell,
        )
    return int(match[1])


def names(row: Row, column: str, separator: str) -> list[str]:
    """A list of names, or names with a separator between them.

    A list may also be printed as text, see printed_lists. Empty names are left
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
            f"The column {column!r} must hold each label number once; for "
            "zeros and ones, use one column for each label (--label_columns).",
            cell,
        )
    return [item for item in map(_name, items) if item]


def _check_present(cell: object, column: str) -> None:
    is_missing = cell is None or cell != cell
    if is_missing or (isinstance(cell, str) and cell.strip() in MISSING):
        raise _missing(cell, column)


def _missing(cell: object, column: str) -> BadRow:
    return BadRow(
        f"The column {column!r} must hold a label; this one is missing.", cell
    )


def _name(cell: str | int | float) -> str:
    return cell.strip() if isinstance(cell, str) else json.dumps(cell)
