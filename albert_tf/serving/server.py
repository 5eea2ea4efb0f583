"""Runs uvicorn, which shuts down after answering its last request."""

import asyncio
import math
import socket
import types
from collections.abc import Callable

import uvicorn
from absl import logging

from albert_tf.serving.http import admission
from albert_tf.serving.http import connections as connections_lib
from albert_tf.serving.http import listening


class _Server(uvicorn.Server):
    """Shuts down on SIGTERM or SIGINT in two steps, with exit code 0.

    uvicorn itself stops listening first, so new clients find nobody. Here the
    server listens until all accepted requests are answered and replies to new
    ones with 503, so that a load balancer goes elsewhere. A second signal ends
    the server at once.
    """

    def __init__(self, config: uvicorn.Config, gate: admission.Gate):
        super().__init__(config)
        self._gate = gate

    def handle_exit(self, sig: int, frame: types.FrameType | None) -> None:
        # uvicorn's own method raises the signal again at the end, which gives
        # the exit code of a killed process.
        if self._gate.closed:
            self.should_exit = self.force_exit = True
        self._gate.close()

    async def startup(self, sockets: list[socket.socket]) -> None:
        await super().startup(sockets)
        host, port = sockets[0].getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        logging.info("Serving at http://%s:%d", host, port)

    async def on_tick(self, counter: int) -> bool:
        # uvicorn calls this ten times a second.
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
        # Addresses of clients behind a proxy are not needed.
        proxy_headers=False,
        # connections.py bounds the time before and after an answer.
        timeout_keep_alive=math.ceil(connections.patience),
        backlog=listening.BACKLOG,
    )
    sweeping = asyncio.ensure_future(connections.sweep())
    await _Server(config, gate).serve(sockets=[listener])
    sweeping.cancel()
