"""A request to stop, seen between two steps: SIGTERM, SIGUSR1, Ctrl-C.

A machine that is about to be taken away says so by SIGTERM (Kubernetes, spot
machines that shut down) or by a signal that the user chose (Slurm's
--signal=USR1@60). The run then saves and ends with RESUME_EXIT_CODE, so that
whoever started it knows to start it again.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import tensorflow as tf

# EX_TEMPFAIL of sysexits.h: failed for now, try again.
RESUME_EXIT_CODE = 75

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)


class Stopped(Exception):
    """The run was asked to stop, and has saved what it had."""


@contextlib.contextmanager
def requests() -> Iterator[tf.Variable]:
    """Catches SIGNALS while open; yields float32 scalar, above 0 once one came.

    A second one ends the process at once.
    """
    with tf.device("/cpu:0"):
        requested = tf.Variable(0.0, trainable=False)
    if threading.current_thread() is not threading.main_thread():
        yield requested  # Python takes handlers from the main thread only
        return
    # A handler in Python would wait for a compiled run of steps to return; a
    # thread that reads the numbers of signals from a pipe does not.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous_writer = signal.set_wakeup_fd(writer)
    previous = {s: signal.signal(s, lambda *_: None) for s in SIGNALS}
    thread = threading.Thread(
        target=_watch, args=(reader, requested), daemon=True
    )
    thread.start()
    try:
        yield requested
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(previous_writer)
        os.close(writer)  # ends the thread
        thread.join()
        os.close(reader)


def _watch(reader: int, requested: tf.Variable) -> None:
    came = 0
    while number := os.read(reader, 1):
        if number[0] not in SIGNALS:
            continue
        came += 1
        if came > 1:
            os._exit(128 + number[0])
        requested.assign(1.0)
