"""How many requests are let in, and until when."""

import contextlib

from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib


class Gate:
    """Counts the requests; lets nobody in when full or closed.

    A queue that grows for ever answers everybody too late. This one says no at
    once. A request takes a place when it has been read: slow ones take none.

    Attributes:
        arrived: requests that are not answered yet, those being read included.
        inside: those of them that wait for the model or are run.
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
        """Raises errors.Refused with 503 where it is of no use to read on."""
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
        """Raises errors.Refused with 503 where there is no place."""
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
                f"The server is at its limit of {self._capacity} requests at "
                "once. Try again later.",
            )
