"""The cells of a row of one's own file, as what a task takes.

All raise BadRow where a cell is something else.
"""

import json
import math
import re
from typing import Any

Row = dict[str, Any]


class BadRow(Exception):
    """A row that is no example.

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
        raise BadRow(f"A row has the column {column!r}.", list(row))
    return row[column]


def string(row: Row, column: str) -> str:
    """A text that may be empty."""
    cell = value(row, column)
    if not isinstance(cell, str):
        raise BadRow(f"{column!r} is a text.", cell)
    return cell


def text(row: Row, column: str) -> str:
    """A text with something in it."""
    cell = string(row, column)
    if not cell.strip():
        raise BadRow(f"{column!r} is not empty.", cell)
    return cell


def name(row: Row, column: str) -> str:
    """A label or id: a text, or a number or true or false as JSON has it."""
    cell = value(row, column)
    if not isinstance(cell, str | int | float) or not _name(cell):
        raise BadRow(f"{column!r} is a name or a number.", cell)
    return _name(cell)


def number(row: Row, column: str) -> float:
    """A finite number."""
    cell = name(row, column)
    try:
        result = float(cell)
    except ValueError:
        result = math.nan
    if not math.isfinite(result):
        raise BadRow(f"{column!r} is a finite number.", cell)
    return result


def place(row: Row, column: str) -> int | None:
    """A number of characters, from 0; None where the cell is empty."""
    cell = value(row, column)
    if cell is None or cell == "":
        return None
    if not re.fullmatch("[0-9]{1,9}", str(cell).strip()):
        raise BadRow(f"{column!r} counts characters from 0.", cell)
    return int(str(cell))


def names(row: Row, column: str, separator: str) -> list[str]:
    """A list of names, or a text that is one in JSON, or names with a
    separator between them. Empty ones are left out."""
    cell = value(row, column)
    items = _listed(cell)
    if items is None and isinstance(cell, str):
        items = cell.split(separator)
    if items is None:
        raise BadRow(f"{column!r} is a list of names, or a text.", cell)
    return [item for item in map(_name, items) if item]


def words(row: Row, column: str) -> tuple[str, ...]:
    """Words, or a tag for each: a list of them as JSON, or a text in which
    spaces separate them."""
    cell = value(row, column)
    items = _listed(cell)
    if items is None and isinstance(cell, str):
        items = [item for item in cell.split(" ") if item]
    # Tabs and line ends would break the lines that predictions go into.
    if not items or any(
        not str(item).strip(" ") or re.search("[\t\r\n]", str(item))
        for item in items
    ):
        raise BadRow(
            f"{column!r} is a list of words, or a text with spaces between "
            "them; no word is empty or holds a tab or a line end.",
            cell,
        )
    return tuple(
        item if isinstance(item, str) else json.dumps(item) for item in items
    )


def _name(cell: str | int | float) -> str:
    return cell.strip() if isinstance(cell, str) else json.dumps(cell)


def _listed(cell: object) -> list[str | int] | None:
    """The items of a list, or of a text that is one in JSON; else None."""
    if isinstance(cell, list):
        is_list = all(isinstance(item, str | int) for item in cell)
        return cell if is_list else None
    if not isinstance(cell, str) or not cell.lstrip().startswith("["):
        return None
    try:
        items = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    # The text "[1]" can be a word: lists in texts are of texts.
    is_list = all(isinstance(item, str) for item in items)
    return items if is_list else None
