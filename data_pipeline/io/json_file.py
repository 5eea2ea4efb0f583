"""Reads JSON files of any origin; a bad one is one error with its name."""

import json
from typing import Any

from data_pipeline.io import files

# Levels of arrays and objects inside one another. Files of this package have 4
# at most, and code that walks through values may recurse at each.
MOST_NESTED = 50


def read_object(path: str) -> dict[str, Any]:
    """The object that a JSON file holds; the path may be a cloud one.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not hold an object, or too many levels.
    """
    return object_in(files.read(path), path)


def object_in(content: bytes, path: str) -> dict[str, Any]:
    """The object that JSON from a file holds.

    Args:
        content: the JSON.
        path: path of the file, for messages.
    Raises:
        ValueError: it does not hold an object, or too many levels.
    """
    try:
        values = parse(content)
    except ValueError as error:
        raise _error(path, f"something else: {error}") from None
    if not isinstance(values, dict):
        raise _error(path, f"{values!r:.60}")
    return values


def parse(content: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, or nested more than MOST_NESTED deep.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise _too_deep() from None
    if _nested(value) > MOST_NESTED:
        raise _too_deep()
    return value


def _too_deep() -> ValueError:
    return ValueError(f"values nested more than {MOST_NESTED} deep")


def _nested(value: Any) -> int:
    """The levels of arrays and objects inside one another."""
    depth, level = 0, [value]
    while level:
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth


def _error(path: str, received: str) -> ValueError:
    return ValueError(
        f"{path} must hold one JSON object. Received: {received}. Fetch or "
        "write it again."
    )
