"""A request to stop, seen between two steps: SIGTERM, SIGUSR1, Ctrl-C.

A machine that is about to be taken away says so by SIGTERM (Kubernetes, spot
machines that shut down) or by a signal that the user chose (Slurm's
--signal=USR1@60). The run then saves and raises Stopped; a command ends with
RESUME_EXIT_CODE, so that whoever started it knows to start it again.
"""

import contextlib
import dataclasses
import os
import signal
import threading
from collections.abc import Iterator

import tensorflow as tf

# EX_TEMPFAIL of sysexits.h: failed for now, try again.
RESUME_EXIT_CODE = 75

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
# How long a compiler may keep the main thread from what it is asked.
GRACE_SECONDS = 3


class Stopped(Exception):
    """The run was asked to stop and has saved; the same settings resume it.

    Attributes:
        is_alone: whether no other machine takes part in the run.
    """

    def __init__(self, message: str):
        super().__init__(message)
        self.is_alone = not _open or _open[-1].is_alone


class Interrupted(BaseException):
    """The run is asked to stop; what it was doing can be done again.

    No Exception, so that nobody takes it for a fault of what was interrupted.
    """


@dataclasses.dataclass
class _Requests:
    """What is known of requests while they are caught.

    asked: float32 scalar, above 0 once one came.
    is_alone: whether no other machine has to stop at the same moment.
    is_seen: whether the main thread knows of it.
    interrupts: whether one raises Interrupted.
    may_end: whether one may end the process, since nothing is lost by it.
    """

    asked: tf.Variable
    is_alone: bool
    is_seen: bool = False
    interrupts: bool = False
    may_end: bool = False

    def handle(self, number, frame) -> None:
        if self.is_seen:
            raise KeyboardInterrupt
        self.is_seen = True
        if self.interrupts:
            self.interrupts = False
            raise Interrupted

    def end_unless_seen(self) -> None:
        if _owned and self.may_end and not self.is_seen:
            # Not by logging, whose lock the main thread may hold.
            os.write(2, b"Asked to stop. Run the same command to resume.\n")
            os._exit(RESUME_EXIT_CODE)


_open: list[_Requests] = []
# Whether requests may end the process, by `owning_process`.
_owned: list[bool] = []


@contextlib.contextmanager
def owning_process() -> Iterator[None]:
    """For a command, which has the process for itself: while open, a second
    request ends the process at once, and so does one that a compiler keeps the
    main thread from."""
    _owned.append(True)
    try:
        yield
    finally:
        _owned.pop()


@contextlib.contextmanager
def requests(is_alone: bool = True) -> Iterator[tf.Variable]:
    """Catches SIGNALS while open; yields float32 scalar, above 0 once one came.

    Args:
        is_alone: whether this process is the only one of its run.
    Raises:
        KeyboardInterrupt: a second one came.
        Stopped: at the end, if one came and nothing stopped for it.
    """
    with tf.device("/cpu:0"):
        asked = tf.Variable(0.0, trainable=False)
    if threading.current_thread() is not threading.main_thread():
        yield asked  # Python takes handlers from the main thread only
        return
    # A handler in Python would wait for a compiled run of steps to return; a
    # thread that reads the numbers of signals from a pipe does not.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    found = _Requests(asked, is_alone)
    previous_writer = signal.set_wakeup_fd(writer)
    previous = {
        number: signal.signal(number, found.handle)
        for number in SIGNALS
        # As Ctrl-C is by a job in the background.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    thread = threading.Thread(target=_watch, args=(reader, found), daemon=True)
    thread.start()
    _open.append(found)
    try:
        yield asked
        if found.is_seen:
            raise Stopped("Asked to stop. Run the same command to resume.")
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
    """For what can be done again: while open, a request raises Interrupted.

    One that came before raises it at once. On several machines none does: they
    have to stop at the same moment, by `asked`.

    Args:
        is_saved: whether nothing is lost if the process ends here, as it does
            where a compiler holds the main thread for GRACE_SECONDS.
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
    """float32 scalar, above 0 once a request came; None if none is caught."""
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
