"""Reads the records of rows, from cloud storage ahead of their use."""

import collections
import threading
from collections.abc import Callable
from concurrent import futures
from typing import NamedTuple
from typing import Protocol

import numpy as np

from data_pipeline.batches import host_share
from data_pipeline.pretraining import packing_plan
from data_pipeline.pretraining.records import record_files


class Order(Protocol):
    """As `row_order.TrainingOrder`."""

    def window(self, position: np.ndarray) -> np.ndarray: ...

    def positions(self, window: int) -> np.ndarray: ...

    def rows(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


class Rows(NamedTuple):
    """Records of B rows, which hold R records.

    Attributes:
        serialized: bytes [R].
        epoch: int64 [B], of each row.
        number: int64 [R], of each record.
        per_row: int64 [B], records of each row.
    """

    serialized: np.ndarray
    epoch: np.ndarray
    number: np.ndarray
    per_row: np.ndarray


class _Window(NamedTuple):
    """This host's rows of a window; record i has bytes serialized[i].

    Attributes:
        position: int64 [n], ascending.
        start: int64 [n + 1], the first record of each row.
        rows: their records.
    """

    position: np.ndarray
    start: np.ndarray
    rows: Rows


class RowReader:
    """Reads rows by their position in a run.

    Local files are read when rows are asked for. From cloud storage, the rows
    of a whole window are read at once, so that records that lie side by side
    share a request, and those of the next window while the first are used.
    Memory holds two windows and what readers still use of a third.

    Args:
        files: the records.
        order: from `row_order`.
        share: the part of every batch that this host reads.
        batch_size: B, rows of a global batch.
        first: the first position of the run that is needed.
        stop: the position to stop at; None for none.
        plan: the records of each row; if None, row n is record n.
    """

    def __init__(
        self,
        files: record_files.RecordFiles,
        order: Order,
        share: host_share.HostShare,
        batch_size: int,
        *,
        first: int = 0,
        stop: int | None = None,
        plan: packing_plan.PackingPlan | None = None,
    ):
        self._files, self._order = files, order
        self._share, self._batch_size = share, batch_size
        self._first = first
        self._stop = np.iinfo(np.int64).max if stop is None else stop
        self._plan = plan
        self._windows: collections.OrderedDict[int, futures.Future[_Window]] = (
            collections.OrderedDict()
        )
        self._lock = threading.Lock()

    def read(self, index: np.ndarray) -> Rows:
        """The rows at positions of this host's part of the run.

        Raises:
            ValueError: a record is damaged.
            OSError: a record cannot be read.
        """
        position = self._share.global_position(index, self._batch_size)
        if not self._files.stored:
            return self._read(position)
        numbers = self._order.window(position)
        parts = []
        for number in np.unique(numbers).tolist():
            window = self._window(number).result()
            parts.append(_taken(window, position[numbers == number]))
            self._window(number + 1)  # in the background, for later
        return Rows(*map(np.concatenate, zip(*parts, strict=True)))

    def _read(self, position: np.ndarray, hurry: bool = False) -> Rows:
        epoch, row = self._order.rows(position)
        if self._plan is None:
            per_row, number = np.ones_like(row), row
        else:
            packed = self._plan.records(row)
            per_row = np.asarray(np.sum(packed >= 0, axis=1), np.int64)
            number = packed[packed >= 0]
        serialized = self._files.read(number, hurry)
        return Rows(serialized, epoch, number, per_row)

    def _window(self, number: int) -> "futures.Future[_Window]":
        """The rows of a window, read unless they have been asked for."""
        with self._lock:
            if number not in self._windows:
                self._windows[number] = _in_background(
                    self._read_window, number
                )
                while len(self._windows) > 3:
                    self._windows.popitem(last=False)
            return self._windows[number]

    def _read_window(self, window: int) -> _Window:
        position = self._order.positions(window)
        position = position[self._share.has(position, self._batch_size)]
        position = position[(position >= self._first) & (position < self._stop)]
        # Training that starts inside a window needs some of the rows of all its
        # parts, and waits for them.
        starts = self._order.window(np.array([self._first]))[0] == window
        rows = self._read(position, hurry=bool(starts))
        start = np.concatenate([[0], np.cumsum(rows.per_row)])
        return _Window(position, start, rows)


def _taken(window: _Window, position: np.ndarray) -> Rows:
    """The rows of a window at these positions."""
    place = np.searchsorted(window.position, position)
    per_row = window.rows.per_row[place]
    # Record numbers in the window: those of each row follow one another.
    ends = np.cumsum(per_row)
    record = np.arange(ends[-1]) - np.repeat(ends - per_row, per_row)
    record += np.repeat(window.start[place], per_row)
    return Rows(
        window.rows.serialized[record],
        window.rows.epoch[place],
        window.rows.number[record],
        per_row,
    )


def _in_background(
    call: Callable[[int], _Window], window: int
) -> "futures.Future[_Window]":
    """Runs a function in a thread that does not keep the process alive."""
    future: futures.Future[_Window] = futures.Future()

    def run() -> None:
        try:
            future.set_result(call(window))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
