"""Reads JSON from any source; invalid JSON raises one error that names it."""

import json
from typing import Any

from data_pipeline.io import files

# Maximum depth of nested arrays and objects. Files of this package have at most
# 4 levels, and code that walks through values may recurse at each level.
MOST_NESTED = 50
_TOO_DEEP = f"values nested more than {MOST_NESTED} deep"


def read_object(path: str) -> dict[str, Any]:
    """The object that a JSON file holds; the path may be a cloud one.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not hold an object, or is nested too deeply.
    """
    return parse_object(files.read(path), path)


def parse_object(content: bytes, name: str) -> dict[str, Any]:
    """The object that JSON holds.

    Args:
        content: JSON, in UTF-8.
        name: name of the file, for messages.
    Raises:
        ValueError: the content is not an object, or is nested too deeply.
    """
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _error(name, f"something else: {error}") from None
    if not isinstance(values, dict):
        raise _error(name, f"{values!r:.60}")
    if _nested(values) > MOST_NESTED:
        raise _error(name, _TOO_DEEP)
    return values


def parse(content: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, or nested more than MOST_NESTED deep.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if _nested(value) > MOST_NESTED:
        raise ValueError(_TOO_DEEP)
    return value


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


def _error(name: str, received: str) -> ValueError:
    return ValueError(
        f"{name} must hold one JSON object. Received: {received}. Fetch or "
        "write it again."
    )
