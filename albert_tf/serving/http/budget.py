"""Memory that is held for clients, with a bound."""

import contextlib
from collections.abc import Iterator

from albert_tf.serving.http import connections
from albert_tf.serving.models import errors


class Budget:
    """Bytes that requests hold.

    Where one finds no room, the request gives way that has kept the server
    waiting for its client longest: a slow one, whoever comes.

    Args:
        what: they hold, in the plural.
        limit: bytes.
    """

    def __init__(self, what: str, limit: int):
        self._refused = errors.Refused(
            503,
            f"The server is at its limit of {limit:,} bytes of {what} at once. "
            "Try again later.",
            closes=True,
        )
        self._limit = limit
        self._used = 0
        # What ends the wait, by share: who waits longest comes first.
        self._waiting: dict[Share, connections.GiveUp] = {}

    @contextlib.contextmanager
    def share(self) -> Iterator["Share"]:
        """A share of nothing yet, given back at the end."""
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
    """What one request holds.

    Attributes:
        size: bytes.
    """

    def __init__(self, budget: Budget):
        self._budget = budget
        self.size = 0

    def resize(self, size: int) -> None:
        """Raises errors.Refused where there is no room."""
        self._budget.resize(self, size)

    def waits(self, give_up: connections.GiveUp) -> None:
        """From now on it waits for its client.

        Args:
            give_up: ends that with a reason.
        """
        self._budget.waits(self, give_up)

    def works(self) -> None:
        """The client waits for the server: it need not give way."""
        self._budget.works(self)
