"""Bounds the memory that is held for clients."""

import contextlib
from collections.abc import Iterator

from albert_tf.serving.http import connections
from albert_tf.serving.models import errors


class Budget:
    """A limit on the bytes that all requests together hold.

    If there is no room for a request, the one gives way that has waited for its
    client the longest, so that slow clients cannot keep others out.

    Args:
        what: what the bytes are for, in the plural, for messages.
        limit: number of bytes.
    """

    def __init__(self, what: str, limit: int):
        self._refused = errors.Refused(
            503,
            f"The server is at its limit of {limit:,} bytes of {what}. "
            "Try again later.",
            closes=True,
        )
        self._limit = limit
        self._used = 0
        # Functions that end a wait, by share; the longest wait comes first.
        self._waiting: dict[Share, connections.GiveUp] = {}

    @contextlib.contextmanager
    def share(self) -> Iterator["Share"]:
        """Gives an empty share, which is returned to the budget at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            share.works()
            share.resize(0)

    def resize(self, share: "Share", size: int) -> None:
        while size and self._used - share.size + size > self._limit:
            slowest = next(iter(self._waiting), share)
            if slowest is share:
                raise self._refused
            give_up = self._waiting.pop(slowest)
            self.resize(slowest, 0)
            give_up(self._refused)
        self._used += size - share.size
        share.size = size

    def waits(self, share: "Share", give_up: connections.GiveUp) -> None:
        self._waiting[share] = give_up

    def works(self, share: "Share") -> None:
        self._waiting.pop(share, None)


class Share:
    """The part of a budget that one request holds.

    Attributes:
        size: number of bytes.
    """

    def __init__(self, budget: Budget):
        self._budget = budget
        self.size = 0

    def resize(self, size: int) -> None:
        """Changes the size; raises errors.Refused if there is no room."""
        self._budget.resize(self, size)

    def waits(self, give_up: connections.GiveUp) -> None:
        """Marks the request as waiting for its client.

        Args:
            give_up: called with a reason to end the wait.
        """
        self._budget.waits(self, give_up)

    def works(self) -> None:
        """Marks the request as not waiting, so that it need not give way."""
        self._budget.works(self)
