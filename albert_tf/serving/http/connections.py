"""Bounds the number of connections, and how long each waits for its client.

A connection waits for its client while a request arrives, while the client
reads an answer, and between requests. uvicorn bounds only the last of these.
Here, a connection that waits too long is closed, and when there are too many
connections, the one that has waited the longest is closed. Idle connections
therefore cannot keep other clients out.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette import types
from uvicorn.protocols.http import h11_impl

from albert_tf.serving.models import errors

GiveUp = Callable[[errors.Refused], None]
# Key of the connection in the state of a request.
_STATE = "albert_connection"
# Seconds between two checks of waiting connections.
_SWEEP = 0.25
# Bytes that are read at a time: from a body whose length is known, and from one
# that may consist of many small chunks, each of which costs time.
_MOST_READ = 1 << 16
_LEAST_READ = 1 << 12


class Connections:
    """All open connections.

    Args:
        capacity: largest number of connections.
        patience: longest time, in seconds, that one may wait for its client.
    """

    def __init__(self, capacity: int, patience: float):
        self.capacity = capacity
        self.patience = patience
        # A single buffer, since its content is used before the next read.
        self.buffer = memoryview(bytearray(_MOST_READ))
        self._open = 0
        # Start of the wait, by connection; the longest wait comes first.
        self._waiting: dict[Connection, float] = {}

    def protocol(self, **arguments: Any) -> "Connection":
        """Creates the protocol of a new connection; called by uvicorn."""
        return Connection(self, **arguments)

    def add(self, connection: "Connection") -> None:
        if self._open >= self.capacity:
            next(iter(self._waiting), connection).abort()
        self._open += 1

    def remove(self, connection: "Connection") -> None:
        self._open -= 1
        self.works(connection)

    def waits(self, connection: "Connection") -> None:
        """Marks a connection as waiting for its client."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = time.monotonic()

    def works(self, connection: "Connection") -> None:
        """Marks a connection as not waiting for its client."""
        self._waiting.pop(connection, None)

    async def sweep(self) -> None:
        """Repeatedly gives up connections that have waited too long."""
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
    """A connection of uvicorn that reports when it waits for its client.

    It overrides only methods of asyncio's protocols, and the application finds
    it through the state that uvicorn copies into each request. So it depends on
    nothing inside uvicorn but the names of the constructor's arguments.

    Attributes:
        received: bytes received since the head of the request.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        app_state: dict[str, Any],
        **others: Any,
    ):
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
        """Called when the head of a request has been read.

        Args:
            in_chunks: whether its body is chunked.
        """
        self._inside += 1
        self._read_size = _LEAST_READ if in_chunks else _MOST_READ
        self.received = 0
        self.works()

    def ends(self) -> None:
        """Called when a request was answered; the next may have begun."""
        self._inside -= 1
        self._read_size = _LEAST_READ
        if not self._inside and not self._socket.is_closing():
            self.waits()

    def waits(self, give_up: GiveUp | None = None) -> None:
        """Marks the connection as waiting for its client.

        Args:
            give_up: called with a reason to end the wait; None closes the
                connection instead.
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
        """Closes the connection at once, without sending pending data."""
        self._connections.works(self)
        self._socket.abort()


def of(scope: types.Scope) -> Connection:
    """The connection of a request."""
    return scope["state"][_STATE]
