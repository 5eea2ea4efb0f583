"""Combines waiting requests into batches and runs them on one thread.

One thread suffices, since a TensorFlow operation uses all cores by itself;
requests that arrive while a batch runs form the next one. The thread also
serializes the answers, so memory holds the outputs of one batch at a time. Only
requests with the same model, signature and lengths, apart from the number of
rows, share a batch. Nothing is padded here, so other requests in a batch affect
an answer by rounding only.
"""

import asyncio
import dataclasses
import itertools
import threading
import time

import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib
from albert_tf.serving.models import requests
from albert_tf.serving.models import rows

_NO_REASON = "Graph execution error:"
_UNREADABLE = (tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)


@dataclasses.dataclass(eq=False)
class Job:
    """A waiting request.

    Attributes:
        key: equal for requests that may share a batch.
        request: the request.
        size: its size.
        future: receives the answer's JSON or an errors.Refused. It is cancelled
            when nobody waits for the answer any more.
        arrived: arrival time, in seconds of time.monotonic.
    """

    key: tuple
    request: requests.Request
    size: limits_lib.Size
    future: asyncio.Future
    arrived: float


def choose(waiting: list[Job], limits: limits_lib.Limits) -> list[Job]:
    """Chooses the oldest request, and matching ones of similar length that fit.

    A batch is padded to its longest text, so different lengths waste work.
    """
    batch = waiting[:1]
    size = batch[0].size
    alike = [job for job in waiting[1:] if job.key == batch[0].key]
    alike.sort(key=lambda job: abs(job.size.length - batch[0].size.length))
    for job in alike:
        joined = size.joined(job.size)
        if not limits.excess(joined):
            batch.append(job)
            size = joined
    return batch


class Batcher:
    """Runs requests in batches.

    Args:
        limits: limits the size of a batch.
        wait: longest time, in seconds, that a request waits for others to share
            its batch.
        metrics: records the size of each batch and of the queue.
    """

    def __init__(
        self,
        limits: limits_lib.Limits,
        wait: float,
        metrics: metrics_lib.Metrics,
    ):
        self._limits = limits
        self._wait = wait
        self._metrics = metrics
        self._waiting: list[Job] = []
        self._changed = threading.Condition()
        self._stopped = False
        # A daemon, so that a call that hangs does not keep the process alive.
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        metrics.queue.set_function(lambda: len(self._waiting))

    async def run(
        self,
        request: requests.Request,
        size: limits_lib.Size,
    ) -> bytes:
        """Waits for the request's turn and returns its answer as JSON.

        Raises:
            errors.Refused: the model rejects the values or fails.
        """
        shapes = tuple(column.shape[1:] for column in request.columns.values())
        job = Job(
            key=(request.model.name, request.signature.name, shapes),
            request=request,
            size=size,
            future=asyncio.get_running_loop().create_future(),
            arrived=time.monotonic(),
        )
        with self._changed:
            self._waiting.append(job)
            self._changed.notify()
        try:
            return await job.future
        finally:
            # Requests that time out or whose client disconnects are dropped.
            with self._changed:
                if job in self._waiting:
                    self._waiting.remove(job)

    def stop(self, timeout: float) -> None:
        """Ends the thread after its current batch."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout)

    def _work(self) -> None:
        while batch := self._next():
            self._metrics.batch_rows.observe(sum(j.size.rows for j in batch))
            self._run(batch)

    def _next(self) -> list[Job]:
        """Waits for a batch; returns an empty list when stopped."""
        with self._changed:
            while not self._stopped:
                if not self._waiting:
                    self._changed.wait()
                    continue
                left = self._waiting[0].arrived + self._wait - time.monotonic()
                count = sum(job.size.rows for job in self._waiting)
                if left > 0 and count < self._limits.max_rows:
                    self._changed.wait(left)
                    continue
                batch = choose(self._waiting, self._limits)
                for job in batch:
                    self._waiting.remove(job)
                return batch
        return []

    def _run(self, batch: list[Job]) -> None:
        # Some may have been cancelled since they were chosen.
        batch = [job for job in batch if not job.future.done()]
        if not batch:
            return
        signature = batch[0].request.signature
        columns = [job.request.columns for job in batch]
        answers: list[bytes | errors.Refused]
        try:
            joined = {
                name: np.concatenate([each[name] for each in columns])
                for name in signature.inputs
            }
            outputs = signature.call(joined)
            counts = [len(next(iter(each.values()))) for each in columns]
            parts = rows.split(outputs, counts, signature.padded)
            answers = [
                _answer(job.request, part)
                for job, part in zip(batch, parts, strict=True)
            ]
        except Exception as error:
            if len(batch) > 1:
                # One request is at fault; the others still get their answers.
                for job in batch:
                    self._run([job])
                return
            answers = [_refusal(error)]
        for job, each in zip(batch, answers, strict=True):
            _settle(job.future, each)


def _answer(
    request: requests.Request, outputs: dict[str, np.ndarray]
) -> bytes | errors.Refused:
    try:
        return request.answer(outputs)
    except errors.Refused as refused:
        return refused


def _refusal(error: Exception) -> errors.Refused:
    if isinstance(error, _UNREADABLE):
        return errors.bad_request(
            f"The model cannot process the request: {_reason(error.message)}"
        )
    if isinstance(error, tf.errors.ResourceExhaustedError):
        logging.error("Out of memory: %s", error)
        return errors.Refused(503, "The model ran out of memory.")
    logging.error("A model failed.", exc_info=error)
    return errors.Refused(500, "The model failed; see the server's log.")


def _reason(message: str) -> str:
    """Extracts the line of TensorFlow's message that says what is wrong.

    Graph execution error:

    Detected at node gather defined at (most recent call last):
    <stack traces unavailable>
    indices[0,0] = 9 is not in [0, 5)
    \t [[{{node gather}}]] [Op:__inference_signature_wrapper_7]
    """
    lines = [line.strip() for line in message.splitlines()]
    lines = [line.partition(" [Op:")[0] for line in lines]
    lines = [line for line in lines if line and line != _NO_REASON]
    for before, line in itertools.pairwise(lines):
        if line.startswith("[[{{"):
            return before
    return lines[0] if lines else "TensorFlow gives no reason."


def _settle(future: asyncio.Future, result: bytes | errors.Refused) -> None:
    def settle():
        if future.done():  # it timed out
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    try:
        future.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        pass  # the server has ended
