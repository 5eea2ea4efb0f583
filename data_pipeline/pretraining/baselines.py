"""What a model that reads nothing would score on a set of masked batches."""

from collections.abc import Iterable

import numpy as np


def score(batches: Iterable[dict], vocab_size: int) -> dict[str, float]:
    """The honest opponents of an evaluation.

    Args:
        batches: dicts of arrays as `input.evaluation_batches` makes them.
        vocab_size: V.
    Returns:
        unigram_loss: nats; entropy of the masked tokens, the loss of the best
            guess that is the same everywhere, fitted to these very tokens;
        most_frequent_accuracy: always guess their most frequent token;
        label_majority: always guess the more frequent sentence order;
        masked_tokens, examples: how many there are.
    """
    tokens = np.zeros(vocab_size)
    labels = np.zeros(2)
    for batch in batches:
        used = np.asarray(batch["mask_weights"]) > 0
        ids = np.asarray(batch["mask_ids"])[used]
        tokens += np.bincount(ids, minlength=vocab_size)
        order = np.asarray(batch["sentence_order"])
        labels += np.bincount(order[order >= 0], minlength=2)
    share = tokens[tokens > 0] / tokens.sum()
    return {
        "unigram_loss": float(-np.sum(share * np.log(share))),
        "most_frequent_accuracy": float(share.max()),
        # Texts of one sentence each hold no sentence-order example.
        "label_majority": float(labels.max() / max(labels.sum(), 1)),
        "masked_tokens": int(tokens.sum()),
        "examples": int(labels.sum()),
    }
