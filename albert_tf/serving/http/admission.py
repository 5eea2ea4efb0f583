"""Limits the number of concurrent requests, and refuses them on shutdown."""

import contextlib

from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib


class Gate:
    """Counts requests and refuses them when the server is full or closed.

    An unbounded queue would answer every request too late, so requests beyond
    the capacity are refused at once. Requests count once they have been read,
    so slow clients do not use up the capacity.

    Args:
        capacity: largest number of requests that wait or run.
        metrics: records the number of unanswered requests.
    Attributes:
        arrived: number of unanswered requests, including those being read.
        inside: number of requests that wait for the model or run.
        closed: whether the server is shutting down.
    """

    def __init__(self, capacity: int, metrics: metrics_lib.Metrics):
        self._capacity = capacity
        self.arrived = 0
        self.inside = 0
        self.closed = False
        metrics.in_flight.set_function(lambda: self.arrived)

    def close(self) -> None:
        self.closed = True

    @contextlib.contextmanager
    def arrive(self):
        """Counts a request; raises errors.Refused, 503, if full or closed."""
        if self.closed:
            raise errors.Refused(503, "The server is shutting down.")
        self._check()
        self.arrived += 1
        try:
            yield
        finally:
            self.arrived -= 1

    @contextlib.contextmanager
    def enter(self):
        """Takes a place for a request; raises errors.Refused, 503, if full."""
        self._check()
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    def _check(self) -> None:
        if self.inside >= self._capacity:
            raise errors.Refused(
                503,
                f"The server is at its limit of {self._capacity} concurrent "
                "requests. Try again later.",
            )
