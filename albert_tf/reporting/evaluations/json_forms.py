"""Checks the forms of JSON values."""

import math
from collections.abc import Callable
from typing import Any

from albert_tf.runs import run_folder

IsRight = Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number that NumPy can hold."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < run_folder.INT64
    return isinstance(value, float)


def is_text(value: Any) -> bool:
    """Whether a value is a string."""
    return isinstance(value, str)


def is_count(value: Any) -> bool:
    """Whether a value is a whole number."""
    return type(value) is int and is_number(value)


def is_truth(value: Any) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)


def are_numbers(value: Any) -> bool:
    """Whether a value is an object of numbers."""
    return isinstance(value, dict) and all(map(is_number, value.values()))


def or_none(is_right: IsRight) -> IsRight:
    """A check that null passes too."""
    return lambda value: value is None or is_right(value)


def each(is_right: IsRight) -> IsRight:
    """A check of every item of a list."""
    return lambda value: isinstance(value, list) and all(map(is_right, value))


def fields(**checks: IsRight) -> IsRight:
    """A check of an object that has these fields, and may have others."""

    def is_right(value: Any) -> bool:
        return isinstance(value, dict) and all(
            name in value and check(value[name])
            for name, check in checks.items()
        )

    return is_right


def is_scored_row(value: Any) -> bool:
    """Whether a value is an object with a name, and else numbers or null."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and all(
            is_number(v) or v is None for k, v in value.items() if k != "name"
        )
    )


def are_alike(value: Any) -> bool:
    """Whether a value is a list of scored rows with the same names."""
    return each(is_scored_row)(value) and all(
        row.keys() == value[0].keys() for row in value
    )


def is_confusion(value: Any) -> bool:
    """Whether a value has names, and a square matrix of counts for them."""
    if not fields(names=each(is_text), counts=each(each(is_number)))(value):
        return False
    names, counts = value["names"], value["counts"]
    return len(counts) == len(names) > 0 and all(
        len(row) == len(names) and all(count >= 0 for count in row)
        for row in counts
    )


def is_point(value: Any) -> bool:
    """Whether a value is a list of two finite numbers."""
    return (
        each(is_number)(value)
        and len(value) == 2
        and all(map(math.isfinite, value))
    )
