"""Arrays of vectors, collected part by part."""

import numpy as np


class Rows:
    """An array that grows by parts.

    Args:
        total: its number of rows, if known.
    """

    def __init__(self, total: int | None) -> None:
        self._total, self._count = total, 0
        self._rows: np.ndarray | None = None

    def add(self, part: np.ndarray) -> None:
        """Adds rows [n, D] at the end."""
        end = self._count + len(part)
        if self._rows is None:
            rows = max(self._total or 0, end)
            self._rows = np.empty([rows, part.shape[1]], part.dtype)
        elif end > len(self._rows):
            larger = (max(end, len(self._rows) * 3 // 2), part.shape[1])
            self._rows.resize(larger, refcheck=False)
        self._rows[self._count : end] = part
        self._count = end

    def array(self, size: int) -> np.ndarray:
        """All rows, [N, D]; without any, [0, size]."""
        if self._rows is None:
            return np.zeros([0, size], np.float32)
        if self._count < len(self._rows):
            self._rows.resize((self._count, size), refcheck=False)
        return self._rows
