"""Searches an index for the documents nearest to a text.

{"query": "a text", "top_k": 10}
"""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from albert_tf.serving.forms import choice
from albert_tf.serving.forms import fields
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests

PATH = "/search"
_FIELDS = ("query", "top_k")
_TOP_K, _MOST = 10, 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Index:
    """An index that a server searches.

    Attributes:
        model: name of the served model that its embeddings are of.
        size: number of documents.
        examples: a few texts to search for.
        prompt: what to put before a query.
        nearest: maps an embedding, float32 [D], and a number of documents to
            the nearest ones, the best first. Each has id, score (the cosine),
            title, text, metadata and read, the text that its embedding is of.
    """

    model: str
    size: int
    examples: Sequence[str]
    prompt: str
    nearest: Callable[[np.ndarray, int], Sequence[Mapping[str, Any]]]


def parse(
    index: Index,
    body: bytearray,
    models: choice.Models,
    limits: limits_lib.Limits,
) -> requests.Request:
    """Parses the body of a search.

    Raises:
        errors.Refused: a field is wrong.
    """
    limits.check_body(body)
    content = requests.read_object(body)
    fields.check_names(content, _FIELDS)
    query = fields.text(content, "query")
    if not query.strip():
        raise errors.empty_text("query", 0, query)
    top_k = content.get("top_k", _TOP_K)
    if type(top_k) is not int or not 1 <= top_k <= _MOST:
        raise errors.bad_request(
            f"'top_k' must be a whole number from 1 to {_MOST}. Received: "
            f"{str(top_k)[:40]}."
        )
    read = index.prompt + query
    return requests.Request(
        models[index.model],
        models[index.model].signatures[choice.SIGNATURE],
        {"texts": np.array([read.encode()], object)},
        functools.partial(_answer, index=index, top_k=top_k, read=read),
    )


def _answer(
    outputs: dict[str, np.ndarray], *, index: Index, top_k: int, read: str
) -> bytes:
    """The answer as JSON; `read` is the query as the model reads it."""
    return orjson.dumps(
        {
            "hits": index.nearest(outputs[choice.EMBEDDINGS][0], top_k),
            "model": index.model,
            "read": read,
            "truncated": bool(outputs["truncated"][0]),
        }
    )
