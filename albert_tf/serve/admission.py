"""How many requests are let in, and until when."""

import contextlib

from albert_tf.serve import errors
from albert_tf.serve import metrics as metrics_lib


class Gate:
    """Counts the requests inside; lets nobody in when full or closed.

    A queue that grows for ever answers everybody too late. This one says no at
    once, and what is inside has a bound, bodies included.
    """

    def __init__(self, capacity: int, metrics: metrics_lib.Metrics):
        self._capacity = capacity
        self.inside = 0
        self.closed = False
        metrics.in_flight.set_function(lambda: self.inside)

    def close(self) -> None:
        self.closed = True

    @contextlib.contextmanager
    def enter(self):
        """Raises errors.Refused with 503 where there is no place."""
        if self.closed:
            raise errors.Refused(503, "The server is shutting down.")
        if self.inside >= self._capacity:
            raise errors.Refused(
                503,
                f"The server is at its limit of {self._capacity} requests at "
                "once. Try again later.",
            )
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
