"""Watches the memory, open files and disk of a process and its children.

Needs `pip install psutil`.
"""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

import psutil

_SECONDS = 0.25


class Watched:
    """The largest figures seen.

    Attributes:
        memory: resident bytes of all processes together.
        open_files: of the process that had the most.
        disk: bytes of all files in the folder.
        written: bytes of files that the processes wrote, whether they reached
            the disk or were removed before; what a process wrote after the
            last look is missing.
    """

    def __init__(self) -> None:
        self.memory = self.open_files = self.disk = 0
        self._written: dict[int, int] = {}

    @property
    def written(self) -> int:
        return sum(self._written.values())

    def look(self, pid: int, folder: str) -> None:
        """Takes the figures of this moment."""
        memory = 0
        for process in _tree(pid):
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                self.open_files = max(self.open_files, process.num_fds())
                self._written[process.pid] = process.io_counters().write_bytes
        self.memory = max(self.memory, memory)
        self.disk = max(self.disk, _size(folder))


def _tree(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _size(folder: str) -> int:
    size = 0
    for path in pathlib.Path(folder).rglob("*"):
        with contextlib.suppress(OSError):  # it was removed meanwhile
            size += path.stat().st_size
    return size


@contextlib.contextmanager
def watching(pid: int, folder: str) -> Iterator[Watched]:
    """Looks four times a second while the context lasts."""
    watched, ended = Watched(), threading.Event()

    def watch() -> None:
        while not ended.wait(_SECONDS):
            watched.look(pid, folder)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        ended.set()
        thread.join()
