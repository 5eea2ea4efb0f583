"""Metrics of tags, and of the entities that they mark"""

import collections
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.tags import tag_schemes


def entities(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    scheme: str,
) -> dict[str, float]:
    """f1, precision and recall of entities, and f1/<type> etc. of each type.

    As conlleval and seqeval (not strict): an entity is right if its first and
    last word and its type are; an I-X with no X before it begins one.

    Args:
        gold, predicted: tags of each sentence.
        scheme: of both, one of tag_schemes.SCHEMES but "none".
    """
    scores.check_lengths(gold, predicted)
    from seqeval.metrics import sequence_labeling

    # seqeval knows no M, and reads all others alike.
    both = [
        [tag_schemes.to_bio(tags, scheme) for tags in sentences]
        for sentences in (gold, predicted)
    ]
    names = ("precision", "recall", "f1")
    micro = sequence_labeling.precision_recall_fscore_support(
        *both, average="micro", zero_division=0
    )
    result = dict(zip(names, map(float, micro[:3]), strict=True))
    by_type = _by_type(*both)
    for name in names:
        result |= {f"{name}/{row['name']}": row[name] for row in by_type}
    return result


def entities_by_type(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Of each type its name, precision, recall and f1, and rows, how many
    entities of it there are; as `entities`, of tags in BIO."""
    scores.check_lengths(gold, predicted)
    return _by_type(
        *(
            [tag_schemes.to_bio(tags, "BIO") for tags in sentences]
            for sentences in (gold, predicted)
        )
    )


def _by_type(gold, predicted) -> list[dict[str, Any]]:
    from seqeval.metrics import sequence_labeling

    kinds = {
        tag.partition("-")[2]
        for sentences in (gold, predicted)
        for tags in sentences
        for tag in tags
        if tag.startswith("B-")
    }
    # In the order that seqeval returns types in.
    values = sequence_labeling.precision_recall_fscore_support(
        gold, predicted, average=None, zero_division=0
    )
    return [
        {
            "name": kind,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "rows": int(rows),
        }
        for kind, precision, recall, f1, rows in zip(
            sorted(kinds), *values, strict=True
        )
    ]


def tag_accuracy(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, float]:
    """The share of words whose tag is right: for tags without entities."""
    scores.check_lengths(gold, predicted)
    pairs = [
        pair
        for tags in zip(gold, predicted, strict=True)
        for pair in zip(*tags, strict=True)
    ]
    return scores.accuracy([g for g, _ in pairs], [p for _, p in pairs])


def usual_tags(
    examples: Sequence[example_types.TaggedExample],
) -> list[list[str]]:
    """Each word's most frequent tag in the other sentences.

    A word that comes nowhere else has the most frequent tag of all.
    """
    by_word: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for example in examples:
        for word, tag in zip(example.words, example.tags, strict=True):
            by_word[word][tag] += 1
    usual = scores.majority([tag for e in examples for tag in e.tags])
    found = []
    for example in examples:
        own = collections.Counter(zip(example.words, example.tags, strict=True))
        found.append(
            [
                _elsewhere(by_word[word], own, word, usual)
                for word in example.words
            ]
        )
    return found


def _elsewhere(
    counts: collections.Counter[str],
    own: collections.Counter[tuple[str, str]],
    word: str,
    usual: str,
) -> str:
    best, most = usual, 0
    for tag, count in sorted(counts.items()):
        if count - own[word, tag] > most:
            best, most = tag, count - own[word, tag]
    return best
