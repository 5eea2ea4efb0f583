"""Ctrl-C and SIGTERM end a command with one line and a code, within seconds.

Python handles a signal only once its main thread returns from the current
library call. Training a vocabulary, or TensorFlow's compiler, may not return
for minutes, and libraries may swallow the exception that the handler raises. So
a thread also waits for signals, and ends the process if the main thread does
not end it in time.
"""

import contextlib
import glob
import os
import select
import signal
import sys
import threading
import types
from collections.abc import Callable
from collections.abc import Iterator

# Time for the main thread to release its workers and locks.
GRACE_SECONDS = 3
# EX_TEMPFAIL of sysexits.h: failed for now, try again.
RESUME_EXIT_CODE = 75

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
_ending = threading.RLock()  # its holder never returns
# Short tasks for the end of the process, if the main thread does not end it.
_last_acts: list[Callable[[], object]] = []


def at_start() -> None:
    """Makes signals end the process at once, until `handled` is entered."""
    for number in _heard():
        signal.signal(number, lambda number, _: _end(number, resumes=False))


@contextlib.contextmanager
def handled(resumes: bool) -> Iterator[None]:
    """Surrounds a command's work; a signal raises KeyboardInterrupt in it.

    The process then ends with code 130 after Ctrl-C, and after SIGTERM with
    143, or with RESUME_EXIT_CODE if the same command resumes. A second signal
    ends it at once. Handlers that are set inside take precedence.

    Args:
        resumes: whether rerunning the same command resumes the work.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    came: list[int] = []

    def interrupt(number: int, _: types.FrameType | None) -> None:
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
        # Whatever exception was raised, the signal is the reason.
        if came:
            with contextlib.suppress(OSError, ValueError):  # it may be closed
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
    """Calls `act` if a signal ends the process in the block while the main
    thread is in a library that does not return in time."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def _heard() -> list[signal.Signals]:
    """The signals that are not ignored; a background job ignores Ctrl-C."""
    return [n for n in _NAMES if signal.getsignal(n) is not signal.SIG_IGN]


def _watch(reader: int, ours: Callable, resumes: bool) -> None:
    while number := os.read(reader, 1):
        if signal.getsignal(number[0]) is ours:
            # Wait for the end of `handled`, at most until a second signal.
            select.select([reader], [], [], GRACE_SECONDS)
            _end(number[0], resumes)


def _end(number: int, resumes: bool) -> None:
    """Ends the process without waiting for anything."""
    with _ending:
        for act in _last_acts:
            with contextlib.suppress(Exception):  # the others must run too
                act()
        line = f"Stopped by {_NAMES[signal.Signals(number)]}."
        if resumes:
            line += " Run the same command again to finish."
        code = 128 + number
        if resumes and number == signal.SIGTERM:
            code = RESUME_EXIT_CODE
        with contextlib.suppress(OSError):  # it may be closed
            # Not by sys.stderr, which the main thread may be using.
            os.write(2, f"{line}\n".encode())
        _kill_children()
        os._exit(code)


def _kill_children() -> None:
    """Kills the child processes that Linux lists. On other systems, they end
    once this process is gone, those of Apache Beam with long messages."""
    for path in glob.glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(path) as file:
            for pid in file.read().split():
                os.kill(int(pid), signal.SIGKILL)
