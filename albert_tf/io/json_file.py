"""JSON files that anyone may have written: read, or one error with the name."""

import json
import os
from typing import Any

# Arrays and objects inside one another. What is read here has 4 at most, and
# code that walks through values may call itself for each.
MOST_NESTED = 50


def read_object(path: str | os.PathLike) -> dict[str, Any]:
    """The object that a JSON file holds; the path may be a cloud one.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else.
    """
    import tensorflow as tf  # late, since config.py must be there at once

    path = os.fspath(path)
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            content = file.read()
    except tf.errors.OpError as error:
        raise OSError(
            f"A JSON file must be readable. Received: {path} ({error.message})."
        ) from None
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _error(path, f"something else: {error}") from None
    if not isinstance(values, dict):
        raise _error(path, f"{values!r:.60}")
    if nested(values) > MOST_NESTED:
        raise _error(path, f"values nested more than {MOST_NESTED} deep")
    return values


def nested(value: Any) -> int:
    """How deep arrays and objects lie inside one another."""
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
