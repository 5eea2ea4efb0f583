"""Takes a request from its first byte to its answer, within all limits."""

import asyncio
import time
from collections.abc import Callable
from concurrent import futures

import fastapi
from starlette import requests as starlette_requests

from albert_tf.serving import batching
from albert_tf.serving import checks
from albert_tf.serving.http import admission
from albert_tf.serving.http import bodies
from albert_tf.serving.http import budget
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib
from albert_tf.serving.models import requests

# Bodies of the largest size, and answers, that memory may hold at once.
_BODIES = 64
_ANSWERS = 3
# Parsing a body of more than _LARGE bytes slows the event loop. The parser then
# rests for as long as it worked, but for at most _REST seconds.
_LARGE = 1 << 16
_REST = 0.1

# Parses a body; raises errors.Refused.
Parse = Callable[[bytearray], requests.Request]


class Handler:
    """Answers requests for answers of models.

    Args:
        batcher: runs requests.
        gate: limits the number of concurrent requests.
        limits: limits the size of a request.
        metrics: records each request.
        timeout: seconds from a request's last byte to its answer.
    """

    def __init__(
        self,
        batcher: batching.Batcher,
        gate: admission.Gate,
        limits: limits_lib.Limits,
        metrics: metrics_lib.Metrics,
        timeout: float,
    ):
        self._batcher = batcher
        self._gate = gate
        self.limits = limits
        self._metrics = metrics
        self._timeout = timeout
        most = limits.max_body_bytes
        self._held = budget.Budget("requests", _BODIES * most)
        most = limits.max_answer_bytes
        self._answers = budget.Budget("answers", _ANSWERS * most)
        # A single thread, since parsing JSON holds the global interpreter lock.
        self._reader = futures.ThreadPoolExecutor(1, "reader")

    async def handle(
        self,
        request: fastapi.Request,
        begin: Callable[[], Parse],
        label: str = "",
    ) -> fastapi.Response:
        """Answers a request.

        Args:
            request: the request, whose body has not been read.
            begin: called before the body is read, to refuse a request for its
                path; returns the function that parses the body.
            label: name of the model, for the metrics, if the path states it.
        Raises:
            errors.Refused: there is no answer.
        """
        start = time.monotonic()
        code = 200

        async def work(body: bytearray, share: budget.Share) -> tuple:
            nonlocal label
            loop = asyncio.get_running_loop()
            understood = await loop.run_in_executor(
                self._reader, _understand, body, parse, self.limits
            )
            if isinstance(understood, errors.Refused):
                raise understood
            asked, size = understood
            del body
            label = asked.model.name
            share.resize(asked.num_bytes)
            with self._gate.enter():
                return await self._batcher.run(asked, size), asked.headers

        try:
            parse = begin()
            with self._gate.arrive(), self._held.share() as share:
                working = work(
                    await bodies.read(
                        request, self.limits.max_body_bytes, share
                    ),
                    share,
                )
                content, headers = await bodies.while_connected(
                    request, working, self._timeout
                )
            self._metrics.seconds.labels(label).observe(
                time.monotonic() - start
            )
            return bodies.Answer(content, self._answers, headers)
        except errors.Refused as refused:
            code = refused.code
            raise
        except starlette_requests.ClientDisconnect:
            code = 499  # nginx's code for clients that disconnect
            return fastapi.Response(status_code=400)
        finally:
            self._metrics.requests.labels(label, code).inc()


def _understand(
    body: bytearray, parse: Parse, limits: limits_lib.Limits
) -> tuple[requests.Request, limits_lib.Size] | errors.Refused:
    """Parses and checks a body; returns the request and size, or an error."""
    start = time.monotonic()
    try:
        asked = parse(body)
        size = limits.check(asked)
        checks.check(asked)
    except errors.Refused as refused:
        # The frames of the traceback would keep all parsed data in memory.
        return refused.with_traceback(None)
    finally:
        if len(body) > _LARGE:
            time.sleep(min(time.monotonic() - start, _REST))
    return asked, size
