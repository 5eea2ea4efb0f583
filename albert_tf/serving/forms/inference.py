"""Ranks and embeddings in the form of text-embeddings-inference.

    {"query": "a question", "texts": ["a text", "another"]}
    {"inputs": ["a text", "another"]}

Source: `/rerank` and `/embed` in the API of text-embeddings-inference.
"""

import functools
from typing import Any

import numpy as np
import orjson

from albert_tf.embedding import vectors as embedding_vectors
from albert_tf.serving.forms import choice
from albert_tf.serving.forms import fields
from albert_tf.serving.forms import vectors
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests

_RERANK = (
    *("query", "texts", "raw_scores", "return_text", "truncate"),
    *("truncation_direction", "model"),
)
_EMBED = (
    *("inputs", "normalize", "truncate", "truncation_direction"),
    *("dimensions", "model"),
)
# What the scores of a ranking are.
_HEADER = "X-Scores"
_LEAST = 1e-30


def parse_rerank(
    body: bytearray, models: choice.Models, limits: limits_lib.Limits
) -> requests.Request:
    """Parses the body of a request to rank texts for a query.

    Raises:
        errors.Refused: no model can rank, or a field is wrong.
    """
    content, truncates = _read(body, limits, _RERANK)
    model = choice.ranker(models, _model(content))
    query = fields.text(content, "query").encode()
    if not query.strip():
        raise errors.empty_text("query", 0, query.decode())
    texts = fields.texts(content, "texts", limits.max_rows)
    signature = model.signatures[choice.SIGNATURE]
    is_cosine = choice.gives_embeddings(model)
    if is_cosine:
        start = vectors.prompt(model, "document")
        rows = [vectors.prompt(model, "query") + query]
        columns = {"texts": _column(rows + [start + text for text in texts])}
        what = "cosine"
    else:
        queries = _column([query] * len(texts))
        columns = {"texts": queries, "second_texts": texts}
        is_number = "value" in signature.outputs
        what = "value" if is_number else "probability of the last label"
    return requests.Request(
        model,
        signature,
        columns,
        functools.partial(
            _ranks,
            texts=texts if fields.flag(content, "return_text", False) else None,
            is_raw=fields.flag(content, "raw_scores", False),
            truncates=truncates,
        ),
        {_HEADER: what},
    )


def parse_embed(
    body: bytearray, models: choice.Models, limits: limits_lib.Limits
) -> requests.Request:
    """Parses the body of a request for embeddings.

    Raises:
        errors.Refused: there is no such model, or a field is wrong.
    """
    content, truncates = _read(body, limits, _EMBED)
    model = choice.embedder(models, _model(content))
    return requests.Request(
        model,
        model.signatures[choice.SIGNATURE],
        {"texts": fields.texts(content, "inputs", limits.max_rows)},
        functools.partial(
            _embeddings,
            dimensions=fields.dimensions(content, vectors.size(model)),
            scales=fields.flag(content, "normalize", True),
            truncates=truncates,
        ),
    )


def _read(
    body: bytearray, limits: limits_lib.Limits, known: tuple[str, ...]
) -> tuple[dict[str, Any], bool]:
    """The fields of a body, and whether long texts are cut."""
    limits.check_body(body)
    content = requests.read_object(body)
    fields.check_names(content, known)
    side = content.get("truncation_direction")
    if side not in (None, "Right", "right"):
        raise errors.bad_request(
            "'truncation_direction' must be 'Right', since long texts are cut "
            f"at the end. Received: {str(side)[:40]!r}."
        )
    return content, fields.flag(content, "truncate", True)


def _model(content: dict[str, Any]) -> str | None:
    named = content.get("model") is not None
    return fields.text(content, "model") if named else None


def _column(texts: list[bytes]) -> np.ndarray:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column


def _ranks(
    outputs: dict[str, np.ndarray],
    *,
    texts: np.ndarray | None,
    is_raw: bool,
    truncates: bool,
) -> bytes:
    """Ranks as JSON, the best first.

    Args:
        outputs: of the model.
        texts: those to return, if the request asks for them.
        is_raw: whether scores are those of the model rather than from 0 to 1;
            cosines are always as they are.
        truncates: whether texts may have been cut.
    """
    _check_whole(outputs, truncates)
    if choice.EMBEDDINGS in outputs:
        units = embedding_vectors.unit(outputs[choice.EMBEDDINGS])
        scores = units[1:] @ units[0]
    elif "value" in outputs:
        scores = outputs["value"]
        if not is_raw:
            scores = 1 / (1 + np.exp(-np.float64(scores)))
    else:
        scores = outputs["probabilities"][:, -1]
        if is_raw:
            others = outputs["probabilities"][:, 0]
            scores = np.log(np.maximum(scores, _LEAST))
            scores -= np.log(np.maximum(others, _LEAST))
    order = np.argsort(-scores, kind="stable")
    ranks: list[dict[str, Any]] = [
        {"index": int(row), "score": float(scores[row])} for row in order
    ]
    if texts is not None:
        for rank in ranks:
            rank["text"] = texts[rank["index"]].decode()
    return orjson.dumps(ranks)


def _embeddings(
    outputs: dict[str, np.ndarray],
    *,
    dimensions: int,
    scales: bool,
    truncates: bool,
) -> bytes:
    """Embeddings as JSON, a list of numbers for each text."""
    _check_whole(outputs, truncates)
    found = outputs[choice.EMBEDDINGS]
    return orjson.dumps(
        vectors.cut(found, dimensions, scales=scales),
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _check_whole(outputs: dict[str, np.ndarray], truncates: bool) -> None:
    if not truncates and outputs["truncated"].any():
        raise errors.Refused(
            413,
            "With truncate=false, each text must be at most as long as the "
            "model reads. Received: longer ones. Shorten them, or leave "
            "truncate out.",
        )
