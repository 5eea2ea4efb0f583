"""Metrics of tags, and of the entities that they mark."""

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.tags import tag_schemes


def entities(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    scheme: str,
) -> dict[str, float]:
    """precision, recall and f1 of entities, and f1/<type> etc. of each type.

    Computed like conlleval and seqeval's default mode: an entity is correct if
    its first word, its last word and its type are; an I-X without an X before
    it starts an entity.

    Args:
        gold, predicted: the tags of each sentence.
        scheme: the scheme of both, one of tag_schemes.SCHEMES other than
            "none".
    """
    scores.check_lengths(gold, predicted)
    from seqeval.metrics import sequence_labeling

    # seqeval does not know M, and reads all other letters alike.
    gold, predicted = _as_bio(gold, scheme), _as_bio(predicted, scheme)
    names = ("precision", "recall", "f1")
    micro = sequence_labeling.precision_recall_fscore_support(
        gold, predicted, average="micro", zero_division=0
    )
    result = dict(zip(names, map(float, micro[:3]), strict=True))
    by_type = _by_type(gold, predicted)
    for name in names:
        result |= {f"{name}/{row['name']}": row[name] for row in by_type}
    return result


def entities_by_type(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """The scores of each type of entity, computed as in `entities`.

    Args:
        gold, predicted: the BIO tags of each sentence.
    Returns:
        For each type its name, precision, recall, f1, support, the number of
        its entities, and predicted, how many were predicted.
    """
    scores.check_lengths(gold, predicted)
    return _by_type(_as_bio(gold, "BIO"), _as_bio(predicted, "BIO"))


def _as_bio(
    tags_of_sentences: Sequence[Sequence[str]], scheme: str
) -> list[list[str]]:
    return [tag_schemes.to_bio(tags, scheme) for tags in tags_of_sentences]


def _by_type(
    gold: list[list[str]], predicted: list[list[str]]
) -> list[dict[str, Any]]:
    from seqeval.metrics import sequence_labeling

    kinds = {
        tag.partition("-")[2]
        for sentences in (gold, predicted)
        for tags in sentences
        for tag in tags
        if tag.startswith("B-")
    }
    counts = collections.Counter(
        kind
        for tags in predicted
        for kind, _, _ in sequence_labeling.get_entities(tags)
    )
    # seqeval returns types in sorted order.
    values = sequence_labeling.precision_recall_fscore_support(
        gold, predicted, average=None, zero_division=0
    )
    return [
        {
            "name": kind,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
            "predicted": counts[kind],
        }
        for kind, precision, recall, f1, support in zip(
            sorted(kinds), *values, strict=True
        )
    ]


def entity_counts(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> np.ndarray:
    """How many entities each sentence has that are right, predicted, and true.

    Args:
        gold, predicted: the BIO tags of N sentences.
    Returns:
        float64 [N, 3].
    """
    from seqeval.metrics import sequence_labeling

    found = []
    for pair in zip(
        _as_bio(gold, "BIO"), _as_bio(predicted, "BIO"), strict=True
    ):
        true, own = (set(sequence_labeling.get_entities(tags)) for tags in pair)
        found.append([len(true & own), len(own), len(true)])
    return np.array(found, np.float64)


def tag_accuracy(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, float]:
    """The share of words whose tag is correct; for tags without entities."""
    scores.check_lengths(gold, predicted)
    pairs = [
        pair
        for tags in zip(gold, predicted, strict=True)
        for pair in zip(*tags, strict=True)
    ]
    return scores.accuracy([g for g, _ in pairs], [p for _, p in pairs])


def usual_tags(
    sentences: Sequence[tuple[Sequence[str], Sequence[str]]],
) -> list[list[str]]:
    """The most frequent tag of each word in the other sentences.

    A word that occurs nowhere else gets the most frequent tag of all words.

    Args:
        sentences: the words and the tags of each sentence.
    """
    by_word: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for words, tags in sentences:
        for word, tag in zip(words, tags, strict=True):
            by_word[word][tag] += 1
    usual = scores.majority([tag for _, tags in sentences for tag in tags])
    found = []
    for words, tags in sentences:
        own = collections.Counter(zip(words, tags, strict=True))
        found.append(
            [_elsewhere(by_word[word], own, word, usual) for word in words]
        )
    return found


def learned_tags(
    train: Sequence[tuple[Sequence[str], Sequence[str]]],
    sentences: Sequence[Sequence[str]],
) -> list[list[str]]:
    """The most frequent tag of each word in training sentences; for a word
    that does not occur there, that of all words.

    Args:
        train: words and tags.
        sentences: the words to tag.
    """
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for words, tags in train:
        for word, tag in zip(words, tags, strict=True):
            counts[word][tag] += 1
    usual = scores.majority([tag for _, tags in train for tag in tags])
    tag_of = {
        word: min(own, key=lambda tag: (-own[tag], tag))
        for word, own in counts.items()
    }
    return [[tag_of.get(word, usual) for word in words] for words in sentences]


def _elsewhere(
    counts: collections.Counter[str],
    own: collections.Counter[tuple[str, str]],
    word: str,
    usual: str,
) -> str:
    """The most frequent tag of a word, without those of its own sentence."""
    best, most = usual, 0
    for tag, count in sorted(counts.items()):
        if count - own[word, tag] > most:
            best, most = tag, count - own[word, tag]
    return best
