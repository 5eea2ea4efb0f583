"""Reads JSON from any source; invalid JSON raises one error that names it."""

import json
from typing import Any

from data_pipeline.io import files

# Maximum depth of nested arrays and objects. Files of this package have at most
# 4 levels, and code that walks through values may recurse at each level.
MOST_NESTED = 50


def read_object(path: str) -> dict[str, Any]:
    """The object that a JSON file holds; the path may be a cloud one.

    Raises:
        OSError: the file cannot be read.
        ValueError: as in `parse_object`.
    """
    return parse_object(files.read(path), path)


def read_array(path: str) -> list[Any]:
    """The array that a JSON file holds; the path may be a cloud one.

    Raises:
        OSError: the file cannot be read.
        ValueError: as in `parse_object`, for an array.
    """
    values = _parsed(files.read(path), path, "array")
    if not isinstance(values, list):
        raise _error(path, "array", f"{values!r:.60}")
    return values


def parse_object(content: bytes, where: str) -> dict[str, Any]:
    """The object that JSON text describes.

    Args:
        content: UTF-8 text.
        where: name of the text in messages, such as its path.
    Raises:
        ValueError: the content is not JSON, not an object, or nested more than
            MOST_NESTED deep.
    """
    values = _parsed(content, where, "object")
    if not isinstance(values, dict):
        raise _error(where, "object", f"{values!r:.60}")
    return values


def _parsed(content: bytes, where: str, wanted: str) -> Any:
    try:
        return parse(content)
    except ValueError as error:
        raise _error(where, wanted, f"something else: {error}") from None


def parse(content: str | bytes) -> Any:
    """The value that JSON text describes.

    Raises:
        ValueError: the content is not JSON, or nested more than MOST_NESTED
            deep.
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
    """The depth of nested arrays and objects."""
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


def _error(where: str, wanted: str, received: str) -> ValueError:
    return ValueError(
        f"{where} must hold one JSON {wanted}. Received: {received}. Fetch or "
        "write it again."
    )
