"""Requests and answers in TensorFlow Serving's JSON format.

    {"signature_name": "text", "instances": [{"texts": "a"}, {"texts": "b"}]}
    {"signature_name": "text", "inputs": {"texts": ["a", "b"]}}

are the same request by rows and by columns. The name of a signature's only
input may be omitted. The answer has the same form as the request.
"""

import dataclasses
import functools
import sys
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from albert_tf.serving.models import arrays
from albert_tf.serving.models import errors
from albert_tf.serving.models import saved_model


@dataclasses.dataclass(frozen=True)
class Request:
    """A parsed request.

    Attributes:
        model: the model to ask.
        signature: the signature to call.
        columns: arrays by input, [B, ...]; strings are object arrays of bytes.
        answer: makes the answer's JSON from the outputs by name, [B, ...]; may
            raise errors.Refused.
        headers: further headers of the answer.
    """

    model: saved_model.Model
    signature: saved_model.Signature
    columns: dict[str, np.ndarray]
    answer: Callable[[dict[str, np.ndarray]], bytes]
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def num_bytes(self) -> int:
        """Approximate size in memory."""
        return sum(
            column.nbytes
            + sum(
                map(
                    sys.getsizeof, column.flat if column.dtype == object else ()
                )
            )
            for column in self.columns.values()
        )


def parse(
    body: bytes | bytearray, model: saved_model.Model, max_rows: int
) -> Request:
    """Parses the body of a request.

    Args:
        body: JSON.
        model: the model that is called.
        max_rows: largest number of texts or rows of ids.

    Raises:
        errors.Refused: the body does not match the model's signature.
    """
    content = read_object(body)
    signature = _signature(content, model)
    by_rows = "instances" in content
    if by_rows == ("inputs" in content):
        raise errors.bad_request(
            "A request must have either 'instances' or 'inputs'. Received: "
            f"{'both' if by_rows else 'neither'}."
        )
    if by_rows:
        values = _from_rows(content["instances"], signature, max_rows)
    else:
        values = _from_columns(content["inputs"], signature)
    columns = {
        name: arrays.read(values[name], name, spec, max_rows)
        for name, spec in signature.inputs.items()
    }
    arrays.check_alike(columns, signature.inputs)
    return Request(
        model, signature, columns, functools.partial(answer, by_rows=by_rows)
    )


def read_object(body: bytes | bytearray) -> dict[str, Any]:
    """Parses a body that must be a JSON object.

    Raises:
        errors.Refused: it is something else.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.bad_request(f"JSON Parse error: {error}") from error
    if not isinstance(content, dict):
        raise errors.bad_request(
            "A request must be a JSON object. Received: "
            f"{arrays.kind(content)}."
        )
    return content


def answer(outputs: dict[str, np.ndarray], by_rows: bool) -> bytes:
    """Serializes the outputs for a request as JSON."""
    values = {
        # The serializer requires C order.
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


def _signature(
    content: dict[str, Any], model: saved_model.Model
) -> saved_model.Signature:
    name = content.get("signature_name", saved_model.DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise errors.bad_request("'signature_name' key must be a string value.")
    if name not in model.signatures:
        raise errors.bad_request(
            f'Serving signature name: "{name[:100]}" not found in signature '
            f"def. Available: {', '.join(sorted(model.signatures))}."
        )
    return model.signatures[name]


def _from_rows(
    rows: Any, signature: saved_model.Signature, max_rows: int
) -> dict[str, list]:
    if not isinstance(rows, list) or not rows:
        raise errors.bad_request(
            "'instances' must be a list of at least one row."
        )
    if len(rows) > max_rows:
        raise errors.too_many(max_rows, arrays.ROWS, len(rows))
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
                    f"Failed to process element: {number} of 'instances' list. "
                    "Each row must be an object whose keys must be equal to: "
                    f"{','.join(names)}; rows with and without keys must not "
                    "be mixed."
                )
        elif named:
            raise errors.bad_request(
                f"Expecting object but got {arrays.kind(row)} at item {number} "
                "of input list"
            )
    if named:
        return {name: [row[name] for row in rows] for name in names}
    return {name: rows for name in names}


def _from_columns(
    columns: Any, signature: saved_model.Signature
) -> dict[str, Any]:
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
            f"Unknown inputs: {', '.join(sorted(unknown))[:200]}. The inputs "
            f"must be: {', '.join(names)}."
        )
    return columns


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    # A tokenizer may split a character.
    return value.decode(errors="replace")
