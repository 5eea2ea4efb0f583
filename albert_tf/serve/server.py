"""uvicorn, which ends when its last request has been answered."""

import socket

import fastapi
import uvicorn
from absl import logging

from albert_tf.serve import admission

# Seconds that a connection may stay open with nothing said.
_KEEP_ALIVE = 30


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
        if self._gate.closed and not self._gate.inside:
            self.should_exit = True
        return await super().on_tick(counter)


async def serve(
    app: fastapi.FastAPI, gate: admission.Gate, listener: socket.socket
) -> None:
    """Serves until a signal ends it."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    await _Server(config, gate).serve(sockets=[listener])
