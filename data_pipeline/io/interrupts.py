"""Ctrl-C and SIGTERM end a command by one line and a code, within seconds.

Python handles a signal when its main thread comes back from what it is in: the
training of a vocabulary, or TensorFlow's compiler, may take minutes until then,
and libraries may swallow what the handler raises. So a thread waits for signals
too, and ends the process where the main thread did not in time.
"""

import contextlib
import glob
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator

# What the main thread has to let go of its workers and locks.
GRACE_SECONDS = 3
# EX_TEMPFAIL of sysexits.h: failed for now, try again.
RESUME_EXIT_CODE = 75

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
_ending = threading.RLock()  # whose holder never comes back
# Left to do where the main thread does not come to it, each within moments.
_last_acts: list[Callable[[], object]] = []


def at_start() -> None:
    """Until a command has its `handled`: a signal ends it at once."""
    for number in _heard():
        signal.signal(number, lambda number, _: _end(number, resumes=False))


@contextlib.contextmanager
def handled(resumes: bool) -> Iterator[None]:
    """A command's work; a signal raises KeyboardInterrupt in it.

    The process then ends with 130 after Ctrl-C, and after SIGTERM with 143,
    or, where the same command resumes, with RESUME_EXIT_CODE. A second signal
    ends it at once. Handlers that are set inside come first.

    Args:
        resumes: whether the same command again goes on where this one was.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python takes handlers from the main thread only
        return
    came: list[int] = []

    def interrupt(number, _):
        came.append(number)
        if len(came) == 1:
            raise KeyboardInterrupt

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = {number: signal.signal(number, interrupt) for number in _heard()}
    previous_writer = signal.set_wakeup_fd(writer)
    thread = threading.Thread(
        target=_watch, args=(reader, interrupt, resumes), daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        # Whatever else was raised, or nothing: a signal is why it ends.
        if came:
            with contextlib.suppress(OSError, ValueError):  # nobody reads it
                sys.stdout.flush()
            _end(came[0], resumes)
        signal.set_wakeup_fd(previous_writer)
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(writer)  # ends the thread
        thread.join()
        os.close(reader)


@contextlib.contextmanager
def at_end(act: Callable[[], object]) -> Iterator[None]:
    """What to do if a signal ends the process while this is open, and the main
    thread is in a library that does not come back in time."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def _heard() -> list[signal.Signals]:
    """Those that are not ignored, as Ctrl-C is by a job in the background."""
    return [n for n in _NAMES if signal.getsignal(n) is not signal.SIG_IGN]


def _watch(reader: int, ours: Callable, resumes: bool) -> None:
    while number := os.read(reader, 1):
        if signal.getsignal(number[0]) is ours:
            # Until the time is over, a second signal, or the end of `handled`.
            select.select([reader], [], [], GRACE_SECONDS)
            _end(number[0], resumes)


def _end(number: int, resumes: bool) -> None:
    """Ends the process without waiting for anything."""
    with _ending:
        for act in _last_acts:
            with contextlib.suppress(Exception):  # the others are to be done
                act()
        line = f"Stopped by {_NAMES[signal.Signals(number)]}."
        if resumes:
            line += " Run the same command again to finish."
        code = 128 + number
        if resumes and number == signal.SIGTERM:
            code = RESUME_EXIT_CODE
        with contextlib.suppress(OSError):  # nobody reads it
            # Not by sys.stderr, which the main thread may be in.
            os.write(2, f"{line}\n".encode())
        _kill_children()
        os._exit(code)


def _kill_children() -> None:
    """Where Linux lists them. Elsewhere they end once they miss this process;
    those of Apache Beam say at length that they do."""
    for path in glob.glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(path) as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
