"""Rows of JSON files: an object a line, or a list of objects."""

import json
from collections.abc import Iterator
from typing import Any

from data_pipeline import files
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import text_lines

ENDINGS = (".jsonl", ".ndjson", ".json")


def rows(
    path: str, problems: problems_lib.Problems
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yields (number of the line or of the item from 1, the object).

    None for a row that is no object, which `problems` is told.

    Raises:
        ValueError: the file begins as a list and is none.
        FileNotFoundError: no such file.
    """
    first = next((line for _, line in text_lines.read(path)), "")
    items = _items(path) if first.lstrip().startswith("[") else _lines(path)
    for number, source, row in items:
        # Escapes can spell lone surrogates, which are no text.
        if not isinstance(row, dict) or not text_lines.is_text(
            json.dumps(row, ensure_ascii=False)
        ):
            problems.add(path, number, "A row must be a JSON object.", source)
            row = None
        yield number, row


def _lines(path: str) -> Iterator[tuple[int, Any, Any]]:
    for number, line in text_lines.read(path):
        try:
            row = json.loads(line)
        # RecursionError: brackets nested by the thousand.
        except (ValueError, RecursionError):
            row = None
        yield number, line, row


def _items(path: str) -> Iterator[tuple[int, Any, Any]]:
    try:
        content = json.loads(files.read(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} must be a list of objects, or have an object on each "
            f"line. Received: {error}. Correct it."
        ) from None
    for number, item in enumerate(content, start=1):
        yield number, item, item
