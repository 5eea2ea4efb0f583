"""Embeddings in the form of OpenAI's API, for its clients.

    {"model": "name", "input": ["a text", "another"]}

Source: "Create embeddings" and "List models" in OpenAI's API reference.
"""

import base64
import functools
import time
from typing import Any

import numpy as np
import orjson

from albert_tf.serving.forms import choice
from albert_tf.serving.forms import fields
from albert_tf.serving.forms import vectors
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests

_FIELDS = ("model", "input", "encoding_format", "dimensions", "user")
_ENCODINGS = ("float", "base64")


def listed(models: choice.Models) -> dict[str, Any]:
    """The list of models."""
    now = int(time.time())
    common = {"object": "model", "created": now, "owned_by": "albert_tf"}
    return {
        "object": "list",
        "data": [{"id": name, **common} for name in models],
    }


def parse(
    body: bytearray, models: choice.Models, limits: limits_lib.Limits
) -> requests.Request:
    """Parses the body of a request for embeddings.

    Raises:
        errors.Refused: there is no such model, or a field is wrong.
    """
    limits.check_body(body)
    content = requests.read_object(body)
    fields.check_names(content, _FIELDS)
    model = choice.embedder(models, fields.text(content, "model"))
    encoding = content.get("encoding_format")
    if encoding not in (None, *_ENCODINGS):
        raise errors.bad_request(
            f"'encoding_format' must be one of {', '.join(_ENCODINGS)}. "
            f"Received: {str(encoding)[:40]!r}."
        )
    dimensions = fields.dimensions(content, vectors.size(model))
    is_unit = vectors.settings(model).get("normalize", True)
    return requests.Request(
        model,
        model.signatures[choice.SIGNATURE],
        {"texts": fields.texts(content, "input", limits.max_rows)},
        functools.partial(
            answer,
            name=model.name,
            dimensions=dimensions,
            scales=bool(is_unit) and dimensions < vectors.size(model),
            is_base64=encoding == "base64",
        ),
    )


def answer(
    outputs: dict[str, np.ndarray],
    *,
    name: str,
    dimensions: int,
    scales: bool,
    is_base64: bool,
) -> bytes:
    """The answer as JSON.

    Args:
        outputs: of the model.
        name: of the model.
        dimensions: how many dimensions of an embedding to keep.
        scales: whether to scale what is kept to length 1.
        is_base64: whether to send embeddings as base64 of little-endian
            float32 rather than as lists.
    """
    found: Any = vectors.cut(
        outputs[choice.EMBEDDINGS], dimensions, scales=scales
    )
    if is_base64:
        rows = found.astype("<f4")
        found = [base64.b64encode(row.tobytes()).decode() for row in rows]
    tokens = int(outputs["num_tokens"].sum())
    content = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": each}
            for index, each in enumerate(found)
        ],
        "model": name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
