"""What each request passes before the application."""

from collections.abc import Callable

from albert_tf.serving.http import connections
from albert_tf.serving.http import hosts as hosts_lib
from albert_tf.serving.models import errors

# Says nothing that another site must not know, and load balancers ask by any
# name.
_OPEN_PATH = "/healthz"


class Entrance:
    """Tells the connection of each request, and checks whom it asks.

    Args:
        app: an ASGI application.
        hosts: that may be asked for.
    """

    def __init__(self, app: Callable, hosts: hosts_lib.Hosts):
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope, receive, send) -> None:
        headers = {
            name: value.decode("latin-1") for name, value in scope["headers"]
        }
        connection = connections.of(scope)
        connection.begins(b"transfer-encoding" in headers)

        async def send_waiting(message):
            # Until the client has read what was sent before.
            connection.waits()
            await send(message)

        try:
            app = self._refusal(scope, headers) or self._app
            await app(scope, receive, send_waiting)
        finally:
            connection.ends()

    def _refusal(self, scope, headers) -> Callable | None:
        if scope["path"] == _OPEN_PATH:
            return None
        host, origin = headers.get(b"host"), headers.get(b"origin")
        try:
            self._hosts.check(scope["method"], host, origin)
        except errors.Refused as refused:
            return errors.response(refused)
        return None
