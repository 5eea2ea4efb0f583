"""The loss of outputs on labelled features, as training counts it."""

import numpy as np

from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import table

# Bounds the memory that tokens' logits are gathered in.
_ROWS_AT_ONCE = 1024


def of_items(
    task: table.Task,
    made: features_lib.Features,
    outputs: dict[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray] | None:
    """The sum of the losses of each item, and how many there are in it.

    Cross-entropy in nats of classes, choices, the words of a sentence, and
    the mean of that of start and end; the mean over the labels of a
    multi-label text; the squared error of a number.

    Args:
        made: features of a labelled part.
        outputs: of the model, by item of them.
    Returns:
        float64 [I] and int64 [I], whose sums make the mean; None of the head
        that scores ends for its likeliest starts only, where there is none.
    """
    if task.kind == "span":
        if "start_logits" not in outputs:
            return None
        losses = [
            _cross_entropy(
                outputs[f"{end}_logits"], made.labels[f"{end}_positions"]
            )
            for end in ("start", "end")
        ]
        return sum(losses) / 2, np.ones(len(made), np.int64)
    logits = outputs["logits"]
    if task.kind == "tagging":
        return _of_words(logits, made)
    label = made.labels["label"]
    if task.kind == "regression":
        loss = np.square(logits[:, 0].astype(np.float64) - label)
    elif task.kind == "multilabel":
        loss = np.logaddexp(0, logits) - label * logits
        loss = loss.mean(axis=-1, dtype=np.float64)
    else:
        loss = _cross_entropy(logits, label)
    return loss, np.ones(len(made), np.int64)


def _of_words(logits, made):
    """Over the first pieces of words, where labels lie."""
    losses, counts = np.zeros(len(made)), np.zeros(len(made), np.int64)
    for begin in range(0, len(made), _ROWS_AT_ONCE):
        end = min(begin + _ROWS_AT_ONCE, len(made))
        splits = made.row_splits[begin : end + 1]
        label = made.sequences["label"][splits[0] : splits[-1]]
        lengths = np.diff(splits)
        row = np.repeat(np.arange(end - begin), lengths)
        place = np.arange(len(label)) - np.repeat(splits[:-1], lengths)
        place += splits[0]
        is_word = label != features_lib.NO_LABEL
        row, place, label = row[is_word], place[is_word], label[is_word]
        loss = _cross_entropy(logits[begin:end][row, place], label)
        losses[begin:end] = np.bincount(row, loss, end - begin)
        counts[begin:end] = np.bincount(row, minlength=end - begin)
    return losses, counts


def _cross_entropy(logits: np.ndarray, label: np.ndarray) -> np.ndarray:
    """float64 [N] of logits [N, C] and classes [N]."""
    top = logits.max(axis=-1, keepdims=True)
    total = np.exp(logits - top).sum(axis=-1, dtype=np.float64)
    own = np.take_along_axis(logits, label[:, None].astype(np.int64), axis=-1)
    return np.log(total) - (own - top)[:, 0]
