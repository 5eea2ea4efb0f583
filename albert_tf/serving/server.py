"""uvicorn, which ends when its last request has been answered."""

import asyncio
import math
import socket
from collections.abc import Callable

import uvicorn
from absl import logging

from albert_tf.serving.http import admission
from albert_tf.serving.http import connections as connections_lib
from albert_tf.serving.http import listening


class _Server(uvicorn.Server):
    """Ends by SIGTERM or SIGINT in two steps, and with exit code 0.

    uvicorn's own way closes the door first: who comes then finds nobody. Here
    the door stays open until all inside are done, and who comes is told 503,
    so that a load balancer goes elsewhere. A second signal ends at once.
    """

    def __init__(self, config: uvicorn.Config, gate: admission.Gate):
        super().__init__(config)
        self._gate = gate

    def handle_exit(self, sig, frame) -> None:
        # Not super's: that raises the signal again once all is done, which
        # makes the exit code that of a process killed.
        if self._gate.closed:
            self.should_exit = self.force_exit = True
        self._gate.close()

    async def startup(self, sockets: list[socket.socket]) -> None:
        await super().startup(sockets)
        host, port = sockets[0].getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        logging.info("Serving at http://%s:%d", host, port)

    async def on_tick(self, counter: int) -> bool:
        # Ten times a second.
        if self._gate.closed and not self._gate.arrived:
            self.should_exit = True
        return await super().on_tick(counter)


async def serve(
    app: Callable,
    gate: admission.Gate,
    connections: connections_lib.Connections,
    listener: socket.socket,
) -> None:
    """Serves an ASGI application until a signal ends it."""
    config = uvicorn.Config(
        app,
        http=connections.protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whom a proxy speaks for is its own affair.
        proxy_headers=False,
        # connections.py has the time in hand, before an answer and after it.
        timeout_keep_alive=math.ceil(connections.patience),
        backlog=listening.BACKLOG,
    )
    sweeping = asyncio.ensure_future(connections.sweep())
    await _Server(config, gate).serve(sockets=[listener])
    sweeping.cancel()
