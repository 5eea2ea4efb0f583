"""Requests to stop: SIGTERM, SIGUSR1 and Ctrl-C, handled between two steps.

Before a machine is taken away, its processes get SIGTERM (Kubernetes, spot
machines) or a signal that the user chose (Slurm's --signal=USR1@60). The run
then saves and raises Stopped; a command exits with RESUME_EXIT_CODE, which
tells a scheduler to start it again.
"""

import contextlib
import dataclasses
import os
import signal
import threading
import types
from collections.abc import Iterator

import tensorflow as tf

# EX_TEMPFAIL of sysexits.h: failed for now, try again.
RESUME_EXIT_CODE = 75

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
# Seconds that a compiler may keep the main thread from handling a request.
GRACE_SECONDS = 3


class Stopped(Exception):
    """The run was asked to stop and has saved; the same settings resume it.

    Attributes:
        is_alone: whether this is the only machine of the run.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.is_alone = not _open or _open[-1].is_alone


class Interrupted(BaseException):
    """The run was asked to stop during work that a resumed run repeats.

    Not a subclass of Exception, so that it is not mistaken for an error.
    """


@dataclasses.dataclass
class _Requests:
    """The state of requests while they are handled.

    Attributes:
        asked: float32 scalar, above 0 after a request.
        is_alone: whether this is the only machine of the run; several must stop
            at the same step.
        is_seen: whether the main thread has handled a request.
        interrupts: whether a request raises Interrupted.
        may_end: whether a request may end the process, since nothing is lost.
    """

    asked: tf.Variable
    is_alone: bool
    is_seen: bool = False
    interrupts: bool = False
    may_end: bool = False

    def handle(self, number: int, frame: types.FrameType | None) -> None:
        """Handles a signal in the main thread."""
        if self.is_seen:
            raise KeyboardInterrupt
        self.is_seen = True
        if self.interrupts:
            self.interrupts = False
            raise Interrupted

    def end_unless_seen(self) -> None:
        """Ends the process if the main thread has not handled the request."""
        if _owned and self.may_end and not self.is_seen:
            # Logging would need a lock that the main thread may hold.
            os.write(2, b"Asked to stop. Rerun the same command to resume.\n")
            os._exit(RESUME_EXIT_CODE)


_open: list[_Requests] = []
# Not empty while requests may end the process; see `owning_process`.
_owned: list[bool] = []


@contextlib.contextmanager
def owning_process() -> Iterator[None]:
    """Lets requests end the process while open, for commands: a second request
    at once, and a first one if a compiler keeps the main thread from handling
    it."""
    _owned.append(True)
    try:
        yield
    finally:
        _owned.pop()


@contextlib.contextmanager
def requests(is_alone: bool = True) -> Iterator[tf.Variable]:
    """Handles SIGNALS while open.

    Args:
        is_alone: whether this is the only process of the run.
    Yields:
        A float32 scalar that is above 0 after a signal.
    Raises:
        KeyboardInterrupt: there was a second signal.
        Stopped: at the end, if there was a signal and the run did not stop.
    """
    with tf.device("/cpu:0"):
        asked = tf.Variable(0.0, trainable=False)
    if threading.current_thread() is not threading.main_thread():
        yield asked  # only the main thread can set handlers
        return
    # A Python handler would have to wait until compiled steps return. A thread
    # that reads the numbers of signals from a pipe does not.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    found = _Requests(asked, is_alone)
    previous_writer = signal.set_wakeup_fd(writer)
    previous = {
        number: signal.signal(number, found.handle)
        for number in SIGNALS
        # Jobs in the background ignore Ctrl-C.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    thread = threading.Thread(target=_watch, args=(reader, found), daemon=True)
    thread.start()
    _open.append(found)
    try:
        yield asked
        if found.is_seen:
            raise Stopped("Asked to stop. Rerun the same command to resume.")
    finally:
        _open.remove(found)
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(previous_writer)
        os.close(writer)  # ends the thread
        thread.join()
        os.close(reader)


@contextlib.contextmanager
def interruptible(is_saved: bool) -> Iterator[None]:
    """Lets a request raise Interrupted while open, for work that a resumed run
    repeats.

    An earlier request raises it at once. On several machines, no request raises
    it: they must stop at the same step, by `asked`.

    Args:
        is_saved: whether nothing is lost if the process ends here, which it
            does if a compiler holds the main thread for GRACE_SECONDS.
    """
    found = _open[-1] if _open else None
    if found is None or not found.is_alone:
        yield
        return
    found.interrupts, found.may_end = True, is_saved
    try:
        if found.is_seen:
            raise Interrupted
        yield
    finally:
        found.interrupts = found.may_end = False


def asked() -> tf.Variable | None:
    """A float32 scalar, above 0 after a request; None if requests are not
    handled."""
    return _open[-1].asked if _open else None


def _watch(reader: int, found: _Requests) -> None:
    came = 0
    while number := os.read(reader, 1):
        if number[0] not in SIGNALS:
            continue
        came += 1
        if came > 1 and _owned:
            os._exit(128 + number[0])
        timer = threading.Timer(GRACE_SECONDS, found.end_unless_seen)
        timer.daemon = True
        timer.start()
        found.asked.assign(1.0)
