"""Standard output that its reader may close, as `head` does."""

import os
import select
import sys


def show(text: str) -> None:
    """Prints text, as far as anyone reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        silence()


def is_closed() -> bool:
    """Whether nobody reads what is printed any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def silence() -> None:
    """Sends nowhere what is left to print: Python would fail again at its
    end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
