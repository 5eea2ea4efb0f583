"""Details of an evaluation of tags, beyond its score."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_scores
from data_pipeline.tasks.texts import class_details


class _Sentence(NamedTuple):
    """A sentence, its predicted tags, and the numbers of its wrong words."""

    example: example_types.TaggedExample
    tags: Sequence[str]
    wrong: list[int]


def of(
    split: splits.Split, predicted: Sequence[Sequence[str] | None]
) -> dict[str, Any]:
    """Scores and confusions by type of entity, or by plain tag.

    Args:
        split: sentences with their tags.
        predicted: the tags of each sentence; None for one that was skipped.
    Returns:
        per_class, averages, confusion and confused, see `reports.report`.
    """
    pairs = [
        pair
        for example, tags in zip(split.examples, predicted, strict=True)
        if example is not None and tags is not None
        for pair in zip(example.tags, tags, strict=True)
    ]
    if split.scheme == "none":
        counts = Counter(tag for pair in pairs for tag in pair)
        return class_details.of_classes(
            pairs, {tag: tag for tag in sorted(counts)}
        )
    examples = [e for e in split.examples if e is not None]
    per_class = tag_scores.entities_by_type(
        [e.tags for e in examples],
        [tags for tags in predicted if tags is not None],
    )
    # By word: an entity that is cut short shows up as O for its type.
    gold, found = ([_type(pair[side]) for pair in pairs] for side in (0, 1))
    names = {name: name for name in ["O", *(row["name"] for row in per_class)]}
    return {
        "per_class": per_class,
        "averages": confusion.averages(per_class, with_micro=True),
        "confusion": confusion.matrix(gold, found, names),
        "confused": confusion.pairs(zip(gold, found, strict=True), names),
    }


def weighted(
    split: splits.Split, predicted: Sequence[Sequence[str] | None], metric: str
) -> weighted_metrics.WeightedMetric | None:
    """f1 of entities or accuracy of words as a function of the sentences'
    weights; None for other names.

    Args:
        split, predicted: as in `of`.
        metric: the name.
    """
    pairs = [
        (example.tags, tags)
        for example, tags in zip(split.examples, predicted, strict=True)
        if example is not None and tags is not None
    ]
    if metric == "f1":
        gold, found = zip(*pairs, strict=True)
        return weighted_metrics.of_f1(*tag_scores.entity_counts(gold, found).T)
    if metric == "accuracy":
        right = [
            sum(a == b for a, b in zip(*pair, strict=True)) for pair in pairs
        ]
        words = [len(gold) for gold, _ in pairs]
        return weighted_metrics.of_mean(np.array(right), np.array(words))
    return None


def worst(
    split: splits.Split, predicted: Sequence[Sequence[str] | None]
) -> tuple[int, list[dict[str, Any]]]:
    """Counts sentences with a wrong tag, and lists those with the most.

    Args:
        split, predicted: as in `of`.
    Returns:
        The count, and rows with id, text, label, prediction and wrong_words.
        Label and prediction are the entities that differ; for plain tags, the
        wrong words with their tags.
    """
    count, found = worst_errors.worst(_wrong(split, predicted))
    return count, [_row(sentence, split.scheme) for sentence in found]


def _type(tag: str) -> str:
    """The type of an entity; "O" for O."""
    return tag.partition("-")[2] or tag


def _wrong(
    split: splits.Split, predicted: Sequence[Sequence[str] | None]
) -> Iterator[tuple[float, _Sentence]]:
    for example, tags in zip(split.examples, predicted, strict=True):
        if example is None or tags is None:
            continue
        both = zip(example.tags, tags, strict=True)
        wrong = [place for place, (a, b) in enumerate(both) if a != b]
        if wrong:
            yield len(wrong), _Sentence(example, tags, wrong)


def _row(sentence: _Sentence, scheme: str) -> dict[str, Any]:
    example, tags, wrong = sentence
    words = example.words
    label, prediction = (
        _marked(words, own, wrong, scheme) for own in (example.tags or (), tags)
    )
    return {
        "id": example.id,
        "text": worst_errors.short(" ".join(words)),
        "label": _listed(label, prediction),
        "prediction": _listed(prediction, label),
        "wrong_words": len(wrong),
    }


def _listed(own: list[str], other: list[str]) -> str:
    """The entities that the other side lacks."""
    found = "; ".join(entity for entity in own if entity not in other)
    return worst_errors.short(found) or worst_errors.NONE


def _marked(
    words: Sequence[str], tags: Sequence[str], wrong: list[int], scheme: str
) -> list[str]:
    """The entities of a sentence, or its wrong words with plain tags."""
    if scheme == "none":
        return [f"{words[place]} [{tags[place]}]" for place in wrong]
    places = [(number, number + 1) for number in range(len(words))]
    bio = tag_schemes.to_bio(tags, "BIO")
    return [
        f"{' '.join(words[begin:end])} [{kind}]"
        for begin, end, kind in entity_words.entities(places, bio)
    ]
