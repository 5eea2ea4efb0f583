"""The loss of outputs on labelled features, as training counts it."""

import numpy as np


def cross_entropy(logits: np.ndarray, label: np.ndarray) -> np.ndarray:
    """In nats: float64 [N] of logits [N, C] and classes [N]."""
    top = logits.max(axis=-1, keepdims=True)
    total = np.exp(logits - top).sum(axis=-1, dtype=np.float64)
    own = np.take_along_axis(logits, label[:, None].astype(np.int64), axis=-1)
    return np.log(total) - (own - top)[:, 0]


def entropy_of(label: np.ndarray) -> float:
    """What guessing by their frequencies costs: nats of classes [N], without
    those below 0."""
    counts = np.bincount(label[label >= 0])
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def one_each(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The losses of items that have one each, and their counts."""
    return losses, np.ones(len(losses), np.int64)
