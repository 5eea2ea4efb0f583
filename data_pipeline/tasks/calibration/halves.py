"""Divides labeled rows by a hash of their texts.

What is fitted on one half is measured on the other. Rows with the same texts
are on the same side, whatever their order in the file.
"""

import hashlib
import json
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

NUM_FOLDS = 5
# Makes the hashes independent of those by which rows are held out of training.
_SALT = "calibration"


def places(texts: Iterable[Sequence[str]]) -> np.ndarray:
    """A number from 0 to 1 for each row, float64 [N], from a hash of its
    texts."""
    return np.array([_place(own) for own in texts])


def halves(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows each half has, bool [N] each."""
    return places < 0.5, places >= 0.5


def folds(places: np.ndarray) -> np.ndarray:
    """The fold of each row, int [N]; each half has rows of all folds."""
    return (places * 2 * NUM_FOLDS).astype(int) % NUM_FOLDS


def _place(texts: Sequence[str]) -> float:
    content = json.dumps([_SALT, *texts]).encode()
    first = hashlib.sha256(content).digest()[:8]
    return int.from_bytes(first, "big") / 2**64
