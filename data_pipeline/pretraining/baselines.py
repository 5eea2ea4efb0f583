"""Baselines on masked batches: scores of a model that reads no text."""

from collections.abc import Iterable

import numpy as np


def score(batches: Iterable[dict], vocab_size: int) -> dict[str, float]:
    """Computes baselines to compare an evaluation with.

    Args:
        batches: dicts of arrays from `batching.evaluation_batches`.
        vocab_size: V.
    Returns:
        A dict:
        unigram_loss: entropy of the masked tokens in nats, which is the loss
            of the best constant guess, fitted to these tokens;
        most_frequent_accuracy: accuracy of their most frequent token;
        label_majority: accuracy of the more frequent sentence order;
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
        # Texts of one sentence each give no sentence-order example.
        "label_majority": float(labels.max() / max(labels.sum(), 1)),
        "masked_tokens": int(tokens.sum()),
        "examples": int(labels.sum()),
    }
