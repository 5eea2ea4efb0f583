"""What a request is refused with: a status code and the reason."""

from collections.abc import Collection

import fastapi
import orjson

# Seconds after which one who was turned away may come again.
_RETRY_AFTER = "1"


class Refused(Exception):
    """Ends a request with an HTTP status and {"error": reason}.

    Attributes:
        closes: whether the connection is of no use any more.
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
    """In TensorFlow Serving's words, and what there is.

    Args:
        models: names of those served.
    """
    which = f"Specific({model}, {version})" if version else f"Latest({model})"
    return Refused(
        404, f"Servable not found for request: {which}. {served(models)}"
    )


def served(models: Collection[str]) -> str:
    """A sentence."""
    names = ", ".join(sorted(models))
    return f"The models served are: {names[:200]}."


def response(refused: Refused) -> fastapi.Response:
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
