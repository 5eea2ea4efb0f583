"""Reads JSON of any origin; damaged or hostile content is one clear error."""

import json
import os
from collections.abc import Callable
from typing import Any

# Levels of arrays and objects inside one another. Files of this package have 4
# at most, and code that walks through values may recurse at each.
MOST_NESTED = 50


def read_object(path: str | os.PathLike) -> dict[str, Any]:
    """Returns the object in a JSON file; the path may be a cloud path.

    Raises:
        OSError: the file cannot be read.
        ValueError: as in `parse_object`.
    """
    return parse_object(_read(path), os.fspath(path))


def read_array(path: str | os.PathLike) -> list[Any]:
    """Returns the array in a JSON file; the path may be a cloud path.

    Raises:
        OSError: the file cannot be read.
        ValueError: as in `parse_object`, for an array.
    """
    where = os.fspath(path)
    values = _parse(_read(path), where, "array", None)
    if not isinstance(values, list):
        raise _error(where, "array", f"{values!r:.60}")
    return values


def parse_object(
    content: bytes, where: str, *, unique_keys: bool = False
) -> dict[str, Any]:
    """Returns the object that JSON text describes.

    Args:
        content: UTF-8 text.
        where: name of the text in error messages, such as its path.
        unique_keys: whether to refuse objects in which a key occurs twice. By
            default the last value counts.
    Raises:
        ValueError: the content is not JSON, not an object, or nested more than
            MOST_NESTED deep.
    """
    values = _parse(content, where, "object", _unique if unique_keys else None)
    if not isinstance(values, dict):
        raise _error(where, "object", f"{values!r:.60}")
    return values


def _read(path: str | os.PathLike) -> bytes:
    import tensorflow as tf  # late: config.py must import without a delay

    try:
        with tf.io.gfile.GFile(os.fspath(path), "rb") as file:
            return file.read()
    except tf.errors.OpError as error:
        raise OSError(
            "A JSON file must be readable. Received: "
            f"{os.fspath(path)} ({error.message})."
        ) from None


def _parse(
    content: bytes,
    where: str,
    wanted: str,
    pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None,
) -> Any:
    try:
        values = json.loads(content, object_pairs_hook=pairs_hook)
        if nested(values) > MOST_NESTED:
            raise RecursionError
    except RecursionError:
        deep = f"something else: values nested more than {MOST_NESTED} deep"
        raise _error(where, wanted, deep) from None
    except ValueError as error:
        raise _error(where, wanted, f"something else: {error}") from None
    return values


def nested(value: Any) -> int:
    """Returns the depth to which arrays and objects are nested."""
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


def _unique(items: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in items:
        if key in values:
            raise ValueError(f"the key {key!r} occurs twice")
        values[key] = value
    return values


def _error(where: str, wanted: str, received: str) -> ValueError:
    return ValueError(
        f"{where} must hold one JSON {wanted}. Received: {received}. Fetch or "
        "write it again."
    )
