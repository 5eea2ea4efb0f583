"""Errors of requests: a status code and a reason."""

from collections.abc import Collection

import fastapi
import orjson

# Seconds after which a client may try again.
_RETRY_AFTER = "1"


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


def response(refused: Refused) -> fastapi.Response:
    """The HTTP response for an error."""
    headers = {}
    if refused.code == 503:
        headers["Retry-After"] = _RETRY_AFTER
    if refused.closes:
        headers["Connection"] = "close"
    return fastapi.Response(
        orjson.dumps({"error": str(refused)}),
        refused.code,
        headers=headers,
        media_type="application/json",
    )
