"""The loss of tags, as in training."""

from collections.abc import Mapping

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks.scoring import item_losses

# Bounds the memory for the logits of words.
ROWS_AT_ONCE = 1024


def losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The summed cross-entropy of each item's words, and their number.

    The first piece of each word counts.

    Args:
        features: I labeled items.
        outputs: the model's logits, [I, S, C].
    Returns:
        The sums in nats, float64 [I], and the numbers of words, int64 [I].
    """
    logits = outputs["logits"]
    sums, counts = np.zeros(len(features)), np.zeros(len(features), np.int64)
    for begin in range(0, len(features), ROWS_AT_ONCE):
        end = min(begin + ROWS_AT_ONCE, len(features))
        splits = features.row_splits[begin : end + 1]
        label = features.sequences["label"][splits[0] : splits[-1]]
        lengths = np.diff(splits)
        row = np.repeat(np.arange(end - begin), lengths)
        place = np.arange(len(label)) - np.repeat(splits[:-1], lengths)
        place += splits[0]
        is_word = label != item_features.NO_LABEL
        row, place, label = row[is_word], place[is_word], label[is_word]
        loss = item_losses.cross_entropy(logits[begin:end][row, place], label)
        sums[begin:end] = np.bincount(row, loss, end - begin)
        counts[begin:end] = np.bincount(row, minlength=end - begin)
    return sums, counts
