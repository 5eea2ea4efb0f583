"""Errors of requests: a status code and a reason."""

from collections.abc import Collection
from typing import Any

import fastapi
import orjson

# Seconds after which a client may try again.
_RETRY_AFTER = "1"
# Paths whose clients expect errors in another form.
OPENAI = "/v1/embeddings"
TEXT_EMBEDDINGS_INFERENCE = ("/rerank", "/embed")


class Refused(Exception):
    """Ends a request with an HTTP status and {"error": reason}.

    Attributes:
        code: the HTTP status.
        closes: whether the connection must be closed.
    """

    def __init__(self, code: int, reason: str, *, closes: bool = False):
        super().__init__(reason)
        self.code = code
        self.closes = closes


def bad_request(reason: str) -> Refused:
    return Refused(400, reason)


def too_many(limit: int, what: str, count: int) -> Refused:
    return bad_request(
        f"A request must have at most {limit:,} {what}. Received: {count:,}. "
        "Split it into several requests."
    )


def empty_text(name: str, row: int, text: str) -> Refused:
    """Refuses a text that no model was trained on."""
    return bad_request(
        f"Each text in {name!r} must contain more than whitespace. Received: "
        f"{text[:20]!r} in row {row} (from 0). Leave such rows out."
    )


def not_found(
    model: str, version: str | None, models: Collection[str]
) -> Refused:
    """An error in TensorFlow Serving's words, followed by the served models.

    Args:
        model, version: what the request named.
        models: names of the served models.
    """
    which = f"Specific({model}, {version})" if version else f"Latest({model})"
    return Refused(
        404, f"Servable not found for request: {which}. {served(models)}"
    )


def served(models: Collection[str]) -> str:
    """A sentence that lists the served models."""
    names = ", ".join(sorted(models))
    return f"The models served are: {names[:200]}."


def response(refused: Refused, path: str) -> fastapi.Response:
    """The HTTP response for an error on a path."""
    headers = {}
    if refused.code == 503:
        headers["Retry-After"] = _RETRY_AFTER
    if refused.closes:
        headers["Connection"] = "close"
    return fastapi.Response(
        orjson.dumps(content(str(refused), refused.code, path)),
        refused.code,
        headers=headers,
        media_type="application/json",
    )


def content(reason: str, code: int, path: str) -> dict[str, Any]:
    """The JSON for an error, as the clients of a path expect it.

    Source: "Error codes" in OpenAI's API reference; `ErrorResponse` in the API
        of text-embeddings-inference.
    """
    if path == OPENAI:
        kind = "invalid_request_error" if code < 500 else "server_error"
        error = {"message": reason, "type": kind, "param": None, "code": None}
        return {"error": error}
    if path in TEXT_EMBEDDINGS_INFERENCE:
        kinds = {500: "Backend", 503: "Overloaded", 504: "Backend"}
        return {"error": reason, "error_type": kinds.get(code, "Validation")}
    return {"error": reason}
