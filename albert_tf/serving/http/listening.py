"""The socket to listen at, and how many connections it may have."""

import resource
import socket

# Connections that uvicorn accepts before it looks at one.
BACKLOG = 64
# One that gives way is closed a few turns of the event loop later, and each
# turn may accept so many; and there are files of TensorFlow and the log.
_SPARE = 4 * BACKLOG + 64
_MOST = 4096
_FEWEST = 16


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already: nobody else can take the port.

    Raises:
        OSError: another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    # The server may start again while old connections are being closed.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(
            f"The server must be able to listen at {host} port {port}. "
            f"Received: {error}. Name another --port or --host."
        ) from error
    return listener


def max_connections() -> int:
    """How many connections may be open, with the limit of open files raised
    as far as it goes.

    Raises:
        OSError: the limit is too low for a server.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (ValueError, OSError):
        pass  # The system has a lower limit of its own.
    if soft == resource.RLIM_INFINITY:
        return _MOST
    if soft < _SPARE + _FEWEST:
        raise OSError(
            f"The limit of open files must be at least {_SPARE + _FEWEST}. "
            f"Received: {soft}. Raise it with ulimit -n."
        )
    return min(soft - _SPARE, _MOST)
