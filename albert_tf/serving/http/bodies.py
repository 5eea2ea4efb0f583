"""Reads the bodies of requests and sends those of answers, part by part."""

import asyncio
from collections.abc import Coroutine
from collections.abc import Mapping
from typing import Any
from typing import TypeVar

import fastapi
from starlette import requests
from starlette import types

from albert_tf.serving.http import budget
from albert_tf.serving.http import connections
from albert_tf.serving.models import errors

_Result = TypeVar("_Result")
# Bytes of an answer that are sent at a time.
_PART = 1 << 18
# Bytes of framing that a chunked body may have, however short it is.
_OVERHEAD = 1 << 13


async def read(
    request: fastapi.Request, limit: int, share: budget.Share
) -> bytearray:
    """Reads a request's body.

    Args:
        request: the request.
        limit: largest size in bytes.
        share: the request's share of the memory for bodies.

    Raises:
        errors.Refused: the body is too long, compressed or too slow, or it is
            the slowest one when memory runs out.
        requests.ClientDisconnect: the client disconnected.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise errors.Refused(
            415, "The body must be plain JSON, not compressed."
        )
    if int(request.headers.get("content-length", 0)) > limit:
        raise _too_large(limit)
    reading = asyncio.ensure_future(_collect(request, limit, share))
    reasons = []

    def give_up(reason: errors.Refused) -> None:
        reasons.append(reason)
        reading.cancel()

    connection = connections.of(request.scope)
    connection.waits(give_up)
    share.waits(give_up)
    try:
        return await reading
    except asyncio.CancelledError:
        if reasons:
            raise reasons[0] from None
        raise
    finally:
        connection.works()
        share.works()


async def _collect(
    request: fastapi.Request, limit: int, share: budget.Share
) -> bytearray:
    connection = connections.of(request.scope)
    body = bytearray()
    async for part in request.stream():
        if len(body) + len(part) > limit:
            raise _too_large(limit)
        share.resize(len(body) + len(part))
        body += part
        if connection.received > 2 * len(body) + _OVERHEAD:
            raise errors.Refused(
                400,
                "A chunked body must have more bytes in its chunks than around "
                f"them. Received: {len(body):,} bytes of content in "
                f"{connection.received:,}. Send larger chunks.",
                closes=True,
            )
    return body


def _too_large(limit: int) -> errors.Refused:
    return errors.Refused(413, f"The body must have at most {limit:,} bytes.")


async def while_connected(
    request: fastapi.Request,
    work: Coroutine[Any, Any, _Result],
    timeout: float,
) -> _Result:
    """Returns the result of `work`, unless the client disconnects first.

    Args:
        request: a request whose body has been read.
        work: computes the answer; cancelled if it is not needed any more.
        timeout: seconds.

    Raises:
        errors.Refused: `work` took longer than `timeout`.
        requests.ClientDisconnect: the client disconnected.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnect(request))
    try:
        await asyncio.wait(
            (working, leaving),
            timeout=timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if working.done():
            return working.result()
        if leaving.done():
            raise requests.ClientDisconnect
        raise errors.Refused(504, f"No answer within {timeout:g} seconds.")
    finally:
        working.cancel()
        leaving.cancel()


async def _disconnect(request: fastapi.Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Answer(fastapi.Response):
    """A JSON response, sent in parts as fast as the client reads them.

    Args:
        content: the JSON.
        answers: budget for the memory that the response holds until it is sent.
        headers: further headers.
    """

    media_type = "application/json"

    def __init__(
        self,
        content: bytes,
        answers: budget.Budget,
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(content, headers=headers)
        self._answers = answers

    async def __call__(
        self, scope: types.Scope, receive: types.Receive, send: types.Send
    ) -> None:
        connection = connections.of(scope)
        with self._answers.share() as share:
            share.waits(lambda _: connection.abort())
            share.resize(len(self.body))
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            for begin in range(0, len(self.body), _PART):
                end = begin + _PART
                await send(
                    {
                        "type": "http.response.body",
                        "body": self.body[begin:end],
                        "more_body": end < len(self.body),
                    }
                )
