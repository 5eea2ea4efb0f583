"""From a tagger's outputs to tags, and to their loss."""

import itertools
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_losses
from data_pipeline.tasks.tags.chains import tag_chain


def decode(
    logits: np.ndarray,
    features: item_features.Features,
    examples: Sequence[example_types.TaggedExample | None],
    labels: Sequence[str],
    transitions: np.ndarray | None = None,
) -> list[list[str] | None]:
    """The best sequence of tags of every sentence.

    If the labels have a scheme, only sequences that follow it are considered.
    If not, each word gets its most likely tag.

    Args:
        logits: [I, S, C], for the rows of `features`, padded at their ends.
        features: the features that tag_features.encode made from `examples`.
        examples: tagged sentences; None for one that was skipped.
        labels: C tags.
        transitions: [C + 1, C + 1], those of a CRF; None if there are none.
    Returns:
        A list with one tag for each word of each example; None for None.
    """
    best = best_labels(
        tag_features.of_words(logits, features, examples), labels, transitions
    )
    return [
        None if numbers is None else [labels[number] for number in numbers]
        for numbers in best
    ]


def best_labels(
    words: Sequence[np.ndarray | None],
    labels: Sequence[str],
    transitions: np.ndarray | None,
) -> list[np.ndarray | None]:
    """The numbers of the best labels, int [W], of each sentence.

    Args:
        words: the logits of each sentence's words, [W, C]; None for a skipped
            sentence.
        labels, transitions: as in `decode`.
    """
    if transitions is None and tag_chain.scheme_of(labels) == "none":
        return [
            None if own is None else np.argmax(own, axis=-1) for own in words
        ]
    # TensorFlow takes seconds to import, and reading data does not need it.
    from data_pipeline.tasks.tags.chains import sentences

    chain = tag_chain.make(labels, transitions)
    return sentences.best(words, chain, has_scores=transitions is not None)


def losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The summed losses of each item's words, and their number.

    Args:
        features: I labeled items.
        outputs: the model's logits, [I, S, C]; for a CRF also transitions,
            [C + 1, C + 1], with which the loss is the negative log-likelihood
            of the item's tags.
    Returns:
        The sums in nats, float64 [I], and the numbers of words, int64 [I].
    """
    if "transitions" not in outputs:
        return tag_losses.losses(features, outputs)
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
