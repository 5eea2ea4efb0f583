"""Losses of a model's outputs on labeled items, as in training."""

import numpy as np


def cross_entropy(logits: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Cross-entropies, float64 [N] in nats, of logits [N, C] and labels [N]."""
    top = logits.max(axis=-1, keepdims=True)
    total = np.exp(logits - top).sum(axis=-1, dtype=np.float64)
    own = np.take_along_axis(logits, label[:, None].astype(np.int64), axis=-1)
    return np.log(total) - (own - top)[:, 0]


def entropy_of(label: np.ndarray) -> float:
    """The loss of guessing classes [N] by their frequencies, in nats.

    Classes below 0 do not count.
    """
    counts = np.bincount(label[label >= 0])
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def one_each(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Losses and counts, as `Kind.losses` returns, for one loss per item."""
    return losses, np.ones(len(losses), np.int64)
