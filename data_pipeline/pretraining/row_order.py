"""The order in which training reads rows, as a function of seed and position.

An epoch is every row once, in an order of its own. Up to `WHOLE` rows are
permuted as a whole. More rows are permuted in parts of consecutive rows, and
then, row by row, within windows of `WINDOW` rows of that order. So rows that
are read at about the same time lie side by side on the storage, while each
batch holds rows of hundreds of parts from anywhere in the set.

Within a window, the hosts' rows are separate: the part of a batch that a host
reads comes from parts that other hosts do not need. The order itself is the
same for any number of hosts.
"""

import functools
import threading

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining.records import randomness

WHOLE, WINDOW = 1 << 16, 1 << 14
# Consecutive rows that stay together, unless the caller knows better.
PART = 64
# Hosts up to this number, if a power of two, share no parts.
_HOSTS = 64
# Rounds of the cipher that permutes parts.
_ROUNDS = 8


class TrainingOrder:
    """An endless order of rows, epoch after epoch.

    Args:
        size: rows of an epoch.
        seed: seed of the order.
        batch_size: B, rows of a global batch.
        firsts: int64 [parts + 1], the first row of each part, and `size`; if
            None, parts have `PART` rows, and nothing grows with `size`. Only
            used for more than `WHOLE` rows.
    """

    def __init__(
        self,
        size: int,
        seed: int,
        batch_size: int,
        firsts: np.ndarray | None = None,
    ):
        self._size, self._seed, self._batch_size = size, seed, batch_size
        self._window = size if size <= WHOLE else WINDOW
        self._windows = -(-size // self._window)
        self._firsts = firsts
        # tf.data calls this from several threads.
        self._lock = threading.Lock()
        self._parts = functools.lru_cache(2)(self._parts_of_epoch)
        self._slots = functools.lru_cache(4)(self._slots_of_window)

    def window(self, position: np.ndarray) -> np.ndarray:
        """int64 [n]: the numbers of the windows of positions."""
        epoch, place = np.divmod(position, self._size)
        return epoch * self._windows + place // self._window

    def positions(self, window: int) -> np.ndarray:
        """int64 [n]: the positions of a window."""
        epoch, number = divmod(window, self._windows)
        first = epoch * self._size
        stop = min((number + 1) * self._window, self._size)
        return np.arange(first + number * self._window, first + stop)

    def rows(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The epochs and the rows at positions of the run, all int64 [n]."""
        epoch, place = np.divmod(position, self._size)
        if self._windows == 1:
            return epoch, self._shuffled(place, self._size, epoch, rounds=4)
        rows = np.empty_like(position)
        numbers = self.window(position)
        for window in np.unique(numbers).tolist():
            here = numbers == window
            rows[here] = self._rows_of_window(window, place[here])
        return epoch, rows

    def _rows_of_window(self, window: int, place: np.ndarray) -> np.ndarray:
        epoch, number = divmod(window, self._windows)
        with self._lock:
            slots = self._slots(window)
        place = number * WINDOW + slots[place - number * WINDOW]
        if self._firsts is None:
            # What is left over after the last whole part comes last.
            parts = self._size // PART
            part, row = np.divmod(place, PART)
            whole = part < parts
            moved = self._shuffled(
                np.minimum(part, parts - 1),
                parts,
                np.full_like(part, epoch),
                _ROUNDS,
            )
            return np.where(whole, moved, part) * PART + row
        with self._lock:
            order, starts = self._parts(epoch)
        part = np.searchsorted(starts, place, side="right") - 1
        return self._firsts[order[part]] + place - starts[part]

    def _parts_of_epoch(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """The parts in the order of an epoch, and where each one starts."""
        assert self._firsts is not None  # parts without a table have one size
        parts = len(self._firsts) - 1
        order = self._shuffled(
            np.arange(parts), parts, np.full(parts, epoch), _ROUNDS
        )
        sizes = np.diff(self._firsts)[order]
        return order, np.cumsum(sizes) - sizes

    def _shuffled(
        self, index: np.ndarray, size: int, epoch: np.ndarray, rounds: int
    ) -> np.ndarray:
        with tf.device("CPU:0"):
            return randomness.shuffle(
                index, size, self._seed, epoch, rounds
            ).numpy()

    def _slots_of_window(self, window: int) -> np.ndarray:
        """int64 [n]: which row of the window each of its positions takes.

        Positions of a 64th of the batch take consecutive rows, so that they
        need as few parts as possible; their order is random.
        """
        position = self.positions(window)
        host = position % self._batch_size * _HOSTS // self._batch_size
        key = randomness.fold(self._seed, window, position)
        key = host.astype(np.uint64) << np.uint64(58) | key >> np.uint64(6)
        slots = np.empty(len(position), np.int64)
        slots[np.argsort(key, kind="stable")] = np.arange(len(position))
        return slots


class EvaluationOrder:
    """Each row once, in order; the last one at all positions after that.

    Args:
        size: number of rows.
    """

    def __init__(self, size: int):
        self._size = size

    def window(self, position: np.ndarray) -> np.ndarray:
        return position // WINDOW

    def positions(self, window: int) -> np.ndarray:
        return np.arange(window * WINDOW, (window + 1) * WINDOW)

    def rows(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros_like(position), np.minimum(position, self._size - 1)
