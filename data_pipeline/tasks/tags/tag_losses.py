"""The loss of tags, as in training."""

import itertools
from collections.abc import Mapping

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks.scoring import item_losses

# Bounds the memory for the logits of words.
ROWS_AT_ONCE = 1024


def losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The summed loss of each item's words, and their number.

    It is the cross-entropy of the words; for a CRF, the negative log-likelihood
    of their tags. The first piece of each word counts.

    Args:
        features: I labeled items.
        outputs: the model's logits, [I, S, C]; for a CRF also transitions,
            [C + 1, C + 1].
    Returns:
        The sums in nats, float64 [I], and the numbers of words, int64 [I].
    """
    if "transitions" in outputs:
        return _of_chains(features, outputs)
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


def _of_chains(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    # TensorFlow takes seconds to import, and reading data does not need it.
    from data_pipeline.tasks.tags.chains import sentences

    words, labels = [], []
    for item, (begin, end) in enumerate(
        itertools.pairwise(features.row_splits)
    ):
        label = features.sequences["label"][begin:end]
        (places,) = np.nonzero(label != item_features.NO_LABEL)
        words.append(outputs["logits"][item, places])
        labels.append(label[places])
    counts = np.array([len(own) for own in labels], np.int64)
    return sentences.losses(words, labels, outputs["transitions"]), counts
