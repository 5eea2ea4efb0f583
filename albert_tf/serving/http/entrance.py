"""ASGI middleware that checks each request before the application."""

from collections.abc import Callable

from starlette import types

from albert_tf.serving.http import connections
from albert_tf.serving.http import hosts as hosts_lib
from albert_tf.serving.models import errors

# Contains nothing private, and load balancers request it under any host name.
_OPEN_PATH = "/healthz"


class Entrance:
    """Reports each request to its connection and checks its host and origin.

    Args:
        app: an ASGI application.
        hosts: hosts that requests may name.
    """

    def __init__(self, app: Callable, hosts: hosts_lib.Hosts):
        self._app = app
        self._hosts = hosts

    async def __call__(
        self, scope: types.Scope, receive: types.Receive, send: types.Send
    ) -> None:
        headers = {
            name: value.decode("latin-1") for name, value in scope["headers"]
        }
        connection = connections.of(scope)
        connection.begins(b"transfer-encoding" in headers)

        async def send_waiting(message: types.Message) -> None:
            # `send` waits until the client has read earlier parts.
            connection.waits()
            await send(message)

        try:
            app = self._refusal(scope, headers) or self._app
            await app(scope, receive, send_waiting)
        finally:
            connection.ends()

    def _refusal(
        self, scope: types.Scope, headers: dict[bytes, str]
    ) -> Callable | None:
        if scope["path"] == _OPEN_PATH:
            return None
        host, origin = headers.get(b"host"), headers.get(b"origin")
        try:
            self._hosts.check(scope["method"], host, origin)
        except errors.Refused as refused:
            return errors.response(refused, scope["path"])
        return None
