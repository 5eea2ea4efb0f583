"""TensorFlow Serving's JSON: a request's arrays, and the answer.

    {"signature_name": "text", "instances": [{"texts": "a"}, {"texts": "b"}]}
    {"signature_name": "text", "inputs": {"texts": ["a", "b"]}}

are the same request by rows and by columns. Where there is one input alone its
name may be left out. The answer has the form of the question.
"""

import dataclasses

import numpy as np
import orjson
import tensorflow as tf

from albert_tf.serve import errors
from albert_tf.serve import saved_model

# The one input of ids with an entry a mask, not an id.
MASK_POSITIONS = "mask_positions"
_INT32 = np.iinfo(np.int32)


@dataclasses.dataclass(frozen=True)
class Request:
    """A request whose signature is known.

    Attributes:
        columns: array by input, the first axis B; object arrays of bytes for
            strings.
        by_rows: whether it came as `instances`.
    """

    signature: saved_model.Signature
    columns: dict[str, np.ndarray]
    by_rows: bool


def parse(body: bytes, model: saved_model.Model) -> Request:
    """Reads a body.

    Raises:
        errors.Refused: it is not what the model's signature takes.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.bad_request(f"JSON Parse error: {error}") from error
    if not isinstance(content, dict):
        raise errors.bad_request(
            f"A request is a JSON object. Received: {_kind(content)}."
        )
    signature = _signature(content, model)
    by_rows = "instances" in content
    if by_rows == ("inputs" in content):
        raise errors.bad_request(
            "A request has either 'instances' or 'inputs'. Received: "
            f"{'both' if by_rows else 'Missing both'}."
        )
    if by_rows:
        values = _from_rows(content["instances"], signature)
    else:
        values = _from_columns(content["inputs"], signature)
    columns = {
        name: _array(values[name], name, spec)
        for name, spec in signature.inputs.items()
    }
    _check_alike(columns, signature)
    return Request(signature, columns, by_rows)


def answer(outputs: dict[str, np.ndarray], by_rows: bool) -> bytes:
    """The JSON of a request's outputs."""
    values = {
        # C order: what the serializer reads.
        name: _decoded(array.tolist())
        if array.dtype == object
        else np.ascontiguousarray(array)
        for name, array in outputs.items()
    }
    if len(values) == 1:
        (content,) = values.values()
    elif by_rows:
        content = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        content = values
    return orjson.dumps(
        {"predictions" if by_rows else "outputs": content},
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _signature(content: dict, model: saved_model.Model):
    name = content.get("signature_name", saved_model.DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise errors.bad_request("'signature_name' key must be a string value.")
    if name not in model.signatures:
        raise errors.bad_request(
            f'Serving signature name: "{name[:100]}" not found in signature '
            f"def. There are: {', '.join(sorted(model.signatures))}."
        )
    return model.signatures[name]


def _from_rows(rows, signature: saved_model.Signature) -> dict[str, list]:
    if not isinstance(rows, list) or not rows:
        raise errors.bad_request("'instances' is a list of at least one row.")
    names = signature.inputs.keys()
    named = isinstance(rows[0], dict) and "b64" not in rows[0]
    if not named and len(names) > 1:
        raise errors.bad_request(
            "instances is a plain list, but expecting list of objects with "
            f"the keys {', '.join(names)}."
        )
    for number, row in enumerate(rows):
        if isinstance(row, dict) and "b64" not in row:
            if not named or row.keys() != names:
                raise errors.bad_request(
                    f"Failed to process element: {number} of 'instances' "
                    "list. Each row is an object whose keys must be equal to: "
                    f"{','.join(names)}; no row is, or all are."
                )
        elif named:
            raise errors.bad_request(
                f"Expecting object but got {_kind(row)} at item {number} of "
                "input list"
            )
    if named:
        return {name: [row[name] for row in rows] for name in names}
    return {name: rows for name in names}


def _from_columns(columns, signature: saved_model.Signature) -> dict[str, list]:
    names = signature.inputs.keys()
    if not isinstance(columns, dict):
        if len(names) > 1:
            raise errors.bad_request(
                "inputs is a plain value/list, but expecting an object with "
                f"the keys {', '.join(names)}."
            )
        return {name: columns for name in names}
    for name in names:
        if name not in columns:
            raise errors.bad_request(
                f"Missing named input: {name} in 'inputs' object."
            )
    unknown = columns.keys() - names
    if unknown:
        raise errors.bad_request(
            f"Unknown inputs: {', '.join(sorted(unknown))[:200]}. There are: "
            f"{', '.join(names)}."
        )
    return columns


def _array(value, name: str, spec: tf.TensorSpec) -> np.ndarray:
    """Nested lists as an array of the shape and type that `spec` says."""
    shape = []
    items = [value]
    for axis, expected in enumerate(spec.shape):
        for item in items:
            if not isinstance(item, list):
                raise errors.bad_request(
                    f"{name!r} has lists to a depth of {spec.shape.rank}, rows "
                    f"included. Received: {_kind(item)} at a depth of {axis}."
                )
        lengths = {len(item) for item in items}
        if len(lengths) > 1:
            raise errors.bad_request(
                f"Rows of {name!r} have one length. Received: lengths "
                f"{min(lengths)} to {max(lengths)}. Pad them, or send them in "
                "requests of their own."
            )
        shape.append(lengths.pop())
        if expected not in (None, shape[-1]) or not shape[-1]:
            raise errors.bad_request(
                f"Axis {axis} of {name!r} has a length of "
                f"{expected or 'at least 1'}. Received: {shape[-1]}."
            )
        items = [element for item in items for element in item]
    if spec.dtype == tf.string:
        array = np.empty(len(items), object)
        array[:] = [_text(item, name) for item in items]
    else:
        for item in items:
            if type(item) is not int or not _INT32.min <= item <= _INT32.max:
                raise errors.bad_request(
                    f"{name!r} has int32 numbers. Received: {_shown(item)}."
                )
        array = np.array(items, np.int32)
    return array.reshape(shape)


def _check_alike(columns: dict[str, np.ndarray], signature) -> None:
    """Refuses what broadcasting would make some sense of."""
    if len({len(column) for column in columns.values()}) > 1:
        counts = ", ".join(f"{k}: {len(v)}" for k, v in columns.items())
        raise errors.bad_request(
            f"All inputs have as many rows. Received: {counts}."
        )
    shapes = {
        name: list(column.shape)
        for name, column in columns.items()
        if signature.inputs[name].dtype == tf.int32 and name != MASK_POSITIONS
    }
    if len(set(map(tuple, shapes.values()))) > 1:
        raise errors.bad_request(
            "A row's ids, segments and mask have one length. Received: "
            f"{', '.join(f'{k}: {v}' for k, v in shapes.items())}."
        )


def _text(item, name: str) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, dict) and "b64" in item:
        raise errors.bad_request(
            f"{name!r} is text, which goes as a JSON string, not as b64."
        )
    raise errors.bad_request(f"{name!r} has strings. Received: {_shown(item)}.")


def _kind(value) -> str:
    """The name that JSON has for a value's type."""
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean"}
    return kinds.get(type(value), "null" if value is None else "number")


def _shown(item) -> str:
    if isinstance(item, int | float):
        return f"{item} ({_kind(item)})"
    return _kind(item)


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    # A tokenizer may cut inside a character.
    return value.decode(errors="replace")
