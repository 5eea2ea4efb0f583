"""The words of a sentence and their tags, in cells of a user's own file.

All functions raise cells.BadRow if a cell is of another type.
"""

import json
import re

from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import printed_lists


def words(row: cells.Row, column: str) -> tuple[str, ...]:
    """Words, from a list or from a text with spaces between them.

    A list may also be printed as text, see printed_lists.
    """
    cell = cells.value(row, column)
    items = printed_lists.items(cell)
    if isinstance(cell, str):
        texts = [isinstance(item, str) for item in items or ()]
        # The text "[1]" may be a word; "[0, 1]" is a list, but not of words.
        if texts == [False] or (
            items is None and not printed_lists.begins(cell)
        ):
            items = _split(cell)
        elif not all(texts):
            items = None
    return _words(items, cell, column, "word")


def tags(row: cells.Row, column: str) -> tuple[str, ...]:
    """A tag for each word, from a list or a text, as for words."""
    cell = cells.value(row, column)
    items = printed_lists.items(cell)
    if isinstance(cell, str) and not printed_lists.is_list(cell):
        items = _split(cell)
    return _words(items, cell, column, "tag")


def _words(
    items: list | None, cell: object, column: str, what: str
) -> tuple[str, ...]:
    # Tabs and line ends would break the lines of files of predictions.
    if not items or not all(
        isinstance(item, str | int)
        and str(item).strip(" ")
        and not re.search("[\t\r\n]", str(item))
        for item in items
    ):
        raise cells.BadRow(
            f"The column {column!r} must hold a list of {what}s, or a text "
            f"with spaces between them; no {what} may be empty or hold a tab "
            "or a line end.",
            cell,
        )
    return tuple(
        item if isinstance(item, str) else json.dumps(item) for item in items
    )


def _split(cell: str) -> list[str]:
    return [item for item in cell.split(" ") if item]
