"""Writes to a standard output that its reader may close, as `head` does."""

import os
import select
import sys


def show(text: str) -> None:
    """Prints text; a reader that is gone is not an error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        silence()


def is_closed() -> bool:
    """Whether the reader of the output has gone away."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def silence() -> None:
    """Discards further output, on which Python would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
