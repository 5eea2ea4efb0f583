"""Connections: how many there are, and how long one may keep us waiting.

A connection waits for its client while a request is on its way in, while the
client reads an answer, and between the two. uvicorn bounds none of these but
the time after an answer. Here all are bounded: who keeps the server waiting
for too long is given up, and where all places are taken, the one that has done
so for longest makes room. So connections that say nothing keep nobody out.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http import h11_impl

from albert_tf.serving.models import errors

GiveUp = Callable[[errors.Refused], None]
# The name in a request's state by which the application finds its connection.
_STATE = "albert_connection"
# Seconds between two looks at those that wait.
_SWEEP = 0.25
# Bytes that are read at a time: of a body whose length is known, and of what
# may be many small parts, each of which takes the event loop's time.
_MOST_READ = 1 << 16
_LEAST_READ = 1 << 12


class Connections:
    """All that are open.

    Args:
        capacity: how many there may be.
        patience: seconds that one may keep the server waiting.
    """

    def __init__(self, capacity: int, patience: float):
        self.capacity = capacity
        self.patience = patience
        # One, since it is read before another connection's turn.
        self.buffer = memoryview(bytearray(_MOST_READ))
        self._open = 0
        # Since when, by connection: who waits longest comes first.
        self._waiting: dict[Connection, float] = {}

    def protocol(self, **arguments) -> "Connection":
        """What uvicorn makes one of for each connection."""
        return Connection(self, **arguments)

    def add(self, connection: "Connection") -> None:
        if self._open >= self.capacity:
            next(iter(self._waiting), connection).abort()
        self._open += 1

    def remove(self, connection: "Connection") -> None:
        self._open -= 1
        self.works(connection)

    def waits(self, connection: "Connection") -> None:
        """From now on the connection waits for its client."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = time.monotonic()

    def works(self, connection: "Connection") -> None:
        """The client waits for the server, or is gone."""
        self._waiting.pop(connection, None)

    async def sweep(self) -> None:
        """Gives up those that take too long, again and again."""
        late = errors.Refused(
            408,
            f"A request must arrive within {self.patience:g} seconds.",
            closes=True,
        )
        while True:
            before = time.monotonic() - self.patience
            while self._waiting:
                connection, since = next(iter(self._waiting.items()))
                if since > before:
                    break
                connection.give_up(late)
            await asyncio.sleep(_SWEEP)


class Connection(asyncio.BufferedProtocol, h11_impl.H11Protocol):
    """uvicorn's, which says when it waits.

    It overrides methods of asyncio's protocols only, and reaches the
    application by the state that uvicorn copies into each request: nothing
    here depends on what is inside uvicorn but the names of the arguments.

    Attributes:
        received: bytes since the head of the request.
    """

    def __init__(self, connections: Connections, *, app_state, **others):
        super().__init__(app_state={**app_state, _STATE: self}, **others)
        self._connections = connections
        self._inside = 0
        self._read_size = _LEAST_READ
        self.received = 0
        self._give_up: GiveUp | None = None

    def connection_made(self, transport: Any) -> None:
        self._socket = transport
        super().connection_made(transport)
        self._connections.add(self)
        self.waits()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._connections.remove(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._connections.buffer[: self._read_size]

    def buffer_updated(self, nbytes: int) -> None:
        self.received += nbytes
        self.data_received(bytes(self._connections.buffer[:nbytes]))

    def begins(self, in_chunks: bool) -> None:
        """The head of a request has been read.

        Args:
            in_chunks: its body comes in parts of any size.
        """
        self._inside += 1
        self._read_size = _LEAST_READ if in_chunks else _MOST_READ
        self.received = 0
        self.works()

    def ends(self) -> None:
        """A request has been answered; by then the next may have begun."""
        self._inside -= 1
        self._read_size = _LEAST_READ
        if not self._inside and not self._socket.is_closing():
            self.waits()

    def waits(self, give_up: GiveUp | None = None) -> None:
        """From now on it waits for its client.

        Args:
            give_up: ends that with a reason; None: the connection is closed.
        """
        self._give_up = give_up
        self._connections.waits(self)

    def works(self) -> None:
        self._give_up = None
        self._connections.works(self)

    def give_up(self, reason: errors.Refused) -> None:
        if self._give_up is None:
            self.abort()
        else:
            self._connections.works(self)
            self._give_up(reason)

    def abort(self) -> None:
        """Closes it at once, whatever has not been sent."""
        self._connections.works(self)
        self._socket.abort()


def of(scope: dict) -> Connection:
    """The connection that a request came by."""
    return scope["state"][_STATE]
