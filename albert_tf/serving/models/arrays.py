"""Converts nested lists from JSON to arrays."""

from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.serving.models import errors

# The only input with an entry for each mask rather than for each id.
MASK_POSITIONS = "mask_positions"
ROWS = "texts or rows"
_INT32 = np.iinfo(np.int32)


def read(
    value: Any, name: str, spec: tf.TensorSpec, max_rows: int
) -> np.ndarray:
    """Converts nested lists to an array with the shape and type of `spec`.

    Args:
        value: the lists.
        name: name of the input, for messages.
        spec: the input's shape and type.
        max_rows: largest number of texts or rows of ids.

    Raises:
        errors.Refused: the lists do not match, for example because rows have
            different lengths.
    """
    row_axes = spec.shape.rank - (spec.dtype != tf.string)
    shape = []
    items = [value]
    for axis, expected in enumerate(spec.shape):
        for item in items:
            if not isinstance(item, list):
                raise errors.bad_request(
                    f"{name!r} must be lists nested to a depth of "
                    f"{spec.shape.rank}, rows included. Received: {kind(item)} "
                    f"at a depth of {axis}."
                )
        lengths = {len(item) for item in items}
        if len(lengths) > 1:
            raise errors.bad_request(
                f"All rows of {name!r} must have the same length. Received: "
                f"lengths {min(lengths)} to {max(lengths)}. Pad them, or send "
                "them in separate requests."
            )
        shape.append(lengths.pop())
        if expected not in (None, shape[-1]) or not shape[-1]:
            raise errors.bad_request(
                f"Axis {axis} of {name!r} must have a length of "
                f"{expected or 'at least 1'}. Received: {shape[-1]}."
            )
        if axis < row_axes and len(items) * shape[-1] > max_rows:
            raise errors.too_many(max_rows, ROWS, len(items) * shape[-1])
        items = [element for item in items for element in item]
    if spec.dtype == tf.string:
        array = np.empty(len(items), object)
        array[:] = [_text(item, name) for item in items]
    else:
        for item in items:
            if type(item) is not int or not _INT32.min <= item <= _INT32.max:
                raise errors.bad_request(
                    f"{name!r} must contain int32 numbers. Received: "
                    f"{_shown(item)}."
                )
        array = np.array(items, np.int32)
    return array.reshape(shape)


def check_alike(
    columns: dict[str, np.ndarray], inputs: dict[str, tf.TensorSpec]
) -> None:
    """Checks that inputs match; broadcasting might hide that they do not.

    Args:
        columns: arrays by input.
        inputs: specs by input.
    Raises:
        errors.Refused: inputs have different numbers of rows, or rows of
            different lengths.
    """
    if len({len(column) for column in columns.values()}) > 1:
        counts = ", ".join(f"{k}: {len(v)}" for k, v in columns.items())
        raise errors.bad_request(
            f"All inputs must have the same number of rows. Received: {counts}."
        )
    shapes = {
        name: list(column.shape)
        for name, column in columns.items()
        if inputs[name].dtype == tf.int32 and name != MASK_POSITIONS
    }
    if len(set(map(tuple, shapes.values()))) > 1:
        raise errors.bad_request(
            "A row's ids, segments and mask must have the same length. "
            f"Received: {', '.join(f'{k}: {v}' for k, v in shapes.items())}."
        )


def _text(item: Any, name: str) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, dict) and "b64" in item:
        raise errors.bad_request(
            f"{name!r} must be text in a JSON string. Received: an object with "
            "b64."
        )
    raise errors.bad_request(
        f"{name!r} must contain strings. Received: {_shown(item)}."
    )


def kind(value: Any) -> str:
    """JSON's name for the type of a value."""
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean"}
    return kinds.get(type(value), "null" if value is None else "number")


def _shown(item: Any) -> str:
    if isinstance(item, int | float):
        return f"{item} ({kind(item)})"
    return kind(item)
