"""A pool of processes that takes its work as it comes."""

import contextlib
import multiprocessing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent import futures


@contextlib.contextmanager
def pool(num_workers: int) -> Iterator[Callable[..., Iterable]]:
    """Gives `run(function, items)`, which yields results as they come."""
    if num_workers == 1:
        yield map
        return
    # Spawned, not forked: a fork of a process with threads may hang.
    workers = futures.ProcessPoolExecutor(
        num_workers, multiprocessing.get_context("spawn")
    )

    def run(function, items):
        waiting: set[futures.Future] = set()
        for item in items:
            waiting.add(workers.submit(function, item))
            # Two for each worker keep them busy; more only fill the memory.
            if len(waiting) >= 2 * num_workers:
                done, waiting = futures.wait(
                    waiting, return_when=futures.FIRST_COMPLETED
                )
                yield from (future.result() for future in done)
        yield from (future.result() for future in futures.as_completed(waiting))

    try:
        yield run
    except futures.process.BrokenProcessPool:
        raise OSError(
            "A worker process was killed, perhaps because memory ran out. Run "
            "the same command again to resume; a smaller --num_workers uses "
            "less memory."
        ) from None
    finally:
        workers.shutdown(cancel_futures=True)
