"""A pool of processes that takes work as it comes and ends with its parent.

A worker watches a pipe whose other end is held by its parent, so that it ends
with its parent, even after SIGKILL. Ctrl-C on a terminal goes to all processes
of a command; only the parent handles it.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent import futures
from multiprocessing import connection
from typing import Any


@contextlib.contextmanager
def pool(num_workers: int) -> Iterator[Callable[..., Iterable]]:
    """Yields `run(function, items)`, which yields results as they come.

    If the work ends with an exception, such as that of a signal, the workers
    are killed, so they must write files completely or not at all.
    """
    if num_workers == 1:
        yield map
        return
    before = multiprocessing.active_children()
    # Spawned, since a fork of a process with threads may hang.
    workers = futures.ProcessPoolExecutor(
        num_workers,
        multiprocessing.get_context("spawn"),
        initializer=_end_with_parent,
    )

    def run(
        function: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        waiting: set[futures.Future] = set()
        for item in items:
            # Processes may start here.
            with _without_ctrl_c(), _without_script():
                waiting.add(workers.submit(function, item))
            # Two items for each worker keep it busy; more only take memory.
            if len(waiting) >= 2 * num_workers:
                done, waiting = futures.wait(
                    waiting, return_when=futures.FIRST_COMPLETED
                )
                yield from (future.result() for future in done)
        yield from (future.result() for future in futures.as_completed(waiting))

    try:
        yield run
    except BaseException as error:
        for process in multiprocessing.active_children():
            if process not in before:
                process.kill()
        if isinstance(error, futures.process.BrokenProcessPool):
            raise OSError(
                "A worker process was killed, perhaps because memory ran out. "
                "Run the same command again to resume; a smaller --num_workers "
                "uses less memory."
            ) from None
        raise
    finally:
        workers.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # this is a worker

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Processes that start in this context ignore Ctrl-C; here, it waits."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _without_script() -> Iterator[None]:
    """Processes that start inside do not import the parent's script.

    They need nothing from it, and a script that does its work without asking
    for `__name__ == "__main__"` would do all of it again in every worker.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
