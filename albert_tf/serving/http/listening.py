"""The listening socket, and how many connections it may have."""

import resource
import socket

# Connections that uvicorn accepts in one turn of the event loop.
BACKLOG = 64
# File descriptors to keep free. A connection is closed a few turns of the event
# loop after it gives way, and each turn may accept BACKLOG connections;
# TensorFlow and the log also have open files.
_SPARE = 4 * BACKLOG + 64
_MOST = 4096
_FEWEST = 16


def listen(host: str, port: int) -> socket.socket:
    """Returns a listening socket, so that no other program can take the port.

    Raises:
        OSError: the server cannot listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    # Allows a restart while old connections are still being closed.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(
            f"The server must be able to listen on {host} port {port}. "
            f"Received: {error}. Name another --port or --host."
        ) from error
    return listener


def max_connections() -> int:
    """Raises the limit of open files; returns how many connections it allows.

    Raises:
        OSError: the limit is too low for a server.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (ValueError, OSError):
        pass  # the system has a lower limit of its own
    if soft == resource.RLIM_INFINITY:
        return _MOST
    if soft < _SPARE + _FEWEST:
        raise OSError(
            f"The limit on open files must be at least {_SPARE + _FEWEST}. "
            f"Received: {soft}. Raise it with ulimit -n."
        )
    return min(soft - _SPARE, _MOST)
