"""Tags and probabilities of sentences in lists."""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_pipeline.tasks.tags.chains import marginals
from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.tags.chains import viterbi

# Number of sentences at once, of similar lengths, and of their words, padding
# included.
_AT_ONCE = 256
_WORDS_AT_ONCE = 1 << 17

# Logits of the words of a sentence, [W, C]; None for a skipped one.
Words = Sequence[np.ndarray | None]


class Probabilities(NamedTuple):
    """Probabilities in a sentence of W words.

    Attributes:
        tags: of each word's tag, float32 [W].
        entities: of the entity that ends at a word, float32 [W]; arbitrary at
            other words.
    """

    tags: np.ndarray
    entities: np.ndarray


def best(
    words: Words, chain: tag_chain.TagChain, has_scores: bool
) -> list[np.ndarray | None]:
    """The best labels of each sentence, int [W]; None for None.

    Args:
        words: the sentences.
        chain: the transitions.
        has_scores: whether legal transitions have scores other than 0. If not,
            the likeliest labels of the words are best where they are legal.
    """
    found: list[np.ndarray | None] = [None] * len(words)
    hard = list(words)
    if not has_scores:
        for number, own in enumerate(words):
            likeliest = None if own is None else np.argmax(own, axis=-1)
            if likeliest is not None and _is_legal(likeliest, chain):
                found[number], hard[number] = likeliest, None
    for numbers, logits, lengths in _batches(hard):
        labels = _best(logits, lengths, chain).numpy()
        for number, row, length in zip(numbers, labels, lengths, strict=True):
            found[number] = row[:length]
    return found


def probabilities(
    words: Words, chain: tag_chain.TagChain
) -> list[Probabilities | None]:
    """The probabilities of each sentence's best labels; None for None."""
    found: list[Probabilities | None] = [None] * len(words)
    for numbers, logits, lengths in _batches(words):
        both = [each.numpy() for each in _probabilities(logits, lengths, chain)]
        for number, tags, entities, length in zip(
            numbers, *both, lengths, strict=True
        ):
            found[number] = Probabilities(tags[:length], entities[:length])
    return found


def losses(
    words: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    transitions: np.ndarray,
) -> np.ndarray:
    """The negative log-likelihood of each sentence's labels under a CRF.

    Args:
        words: the logits of each sentence's words, [W, C].
        labels: their labels, int [W].
        transitions: [C + 1, C + 1], the scores of steps.
    Returns:
        float64 [I], in nats, as in training, where all sequences are possible;
        0 for a sentence without words.
    """
    chain = tag_chain.learned(transitions)
    found = np.zeros(len(words))
    for numbers, logits, lengths in _batches(words):
        totals = _log_partition(logits, lengths, chain).numpy()
        for number, row, total in zip(numbers, logits, totals, strict=True):
            own = labels[number]
            if len(own):
                found[number] = total - _score(row, own, chain.scores)
    return found


def _score(
    logits: np.ndarray, labels: np.ndarray, transitions: np.ndarray
) -> float:
    path = np.concatenate([[-1], labels, [-1]])
    steps = transitions[path[:-1], path[1:]].astype(np.float64)
    own = logits[np.arange(len(labels)), labels].astype(np.float64)
    return float(steps.sum() + own.sum())


def _is_legal(labels: np.ndarray, chain: tag_chain.TagChain) -> bool:
    outside = [len(chain.kinds)]
    path = np.concatenate([outside, labels, outside])
    steps = chain.scores[path[:-1], path[1:]]
    return bool((steps > tag_chain.IMPOSSIBLE).all())


def _batches(
    words: Words,
) -> Iterator[tuple[list[int], np.ndarray, np.ndarray]]:
    """Yields numbers of sentences, their logits [B, W, C] and lengths [B]."""
    sizes = {n: len(own) for n, own in enumerate(words) if own is not None}
    order = sorted(sizes, key=lambda number: sizes[number])
    while order:
        at_once = max(
            1, min(_AT_ONCE, _WORDS_AT_ONCE // (sizes[order[-1]] + 1))
        )
        numbers, order = order[-at_once:], order[:-at_once]
        lengths = np.array([sizes[number] for number in numbers], np.int32)
        own = [values for n in numbers if (values := words[n]) is not None]
        shape = (len(numbers), lengths[-1], own[0].shape[-1])
        logits = np.zeros(shape, np.float32)
        for row, values in zip(logits, own, strict=True):
            row[: len(values)] = values
        yield numbers, logits, lengths


@tf.function(reduce_retracing=True, autograph=False)
def _best(
    logits: tf.Tensor, lengths: tf.Tensor, chain: tag_chain.TagChain
) -> tf.Tensor:
    return viterbi.best(logits, lengths, chain)


@tf.function(reduce_retracing=True, autograph=False)
def _log_partition(
    logits: tf.Tensor, lengths: tf.Tensor, chain: tag_chain.TagChain
) -> tf.Tensor:
    return marginals.Marginals(logits, lengths, chain).log_partition()


@tf.function(reduce_retracing=True, autograph=False)
def _probabilities(
    logits: tf.Tensor, lengths: tf.Tensor, chain: tag_chain.TagChain
) -> tuple[tf.Tensor, tf.Tensor]:
    labels = viterbi.best(logits, lengths, chain)
    found = marginals.Marginals(logits, lengths, chain)
    return found.of_tags(labels), found.of_entities(labels)
