"""How the rows of a table hold tagged sentences."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.tags import entity_spans
from data_pipeline.tasks.tags import word_rows

if TYPE_CHECKING:
    from data_pipeline.tasks.readers import custom

Rows = Iterator[tuple[int | str, cells.Row | None]]


def reader(rows: Rows, columns: custom.Columns) -> tuple[Callable | None, Rows]:
    """The function that reads the rows, and all of them.

    Returns:
        word_rows.read where a row is a word; entity_spans.read where the first
        that can be read is a text; None where a row is a sentence.
    """
    if columns.sentence is not None:
        return word_rows.read, rows
    seen = []
    for line, row in rows:
        seen.append((line, row))
        if row is not None:
            break
    rows = itertools.chain(seen, rows)
    if seen and row is not None and entity_spans.are_in(row, columns):
        return entity_spans.read, rows
    return None, rows
