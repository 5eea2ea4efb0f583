"""What an evaluation shows of tags beyond its score."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import splits
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_scores
from data_pipeline.tasks.texts import class_details


def of(
    split: splits.Split, predicted: Sequence[Sequence[str] | None]
) -> dict[str, Any]:
    """Groups by type of entity, or by tag where tags mark no entities."""
    pairs = [
        pair
        for example, tags in zip(split.examples, predicted, strict=True)
        if example is not None
        for pair in zip(example.tags, tags, strict=True)
    ]
    if split.scheme == "none":
        counts = Counter(tag for pair in pairs for tag in pair)
        return class_details.of_classes(
            pairs, {tag: tag for tag in sorted(counts)}
        )
    examples = [e for e in split.examples if e is not None]
    groups = tag_scores.entities_by_type(
        [e.tags for e in examples],
        [tags for tags in predicted if tags is not None],
    )
    # Of words: an entity that is cut short shows as O beside its type.
    types = [tuple(tag.partition("-")[2] or tag for tag in p) for p in pairs]
    names = {name: name for name in ["O", *(row["name"] for row in groups)]}
    return {
        "groups": groups,
        "confusion": confusion.matrix(*zip(*types, strict=True), names),
        "confused": confusion.pairs(types, names),
    }


def worst(
    split: splits.Split, predicted: Sequence[Sequence[str] | None]
) -> tuple[int, list[dict[str, Any]]]:
    """How many sentences have a wrong tag, and those with most wrong words.

    Returns:
        Rows with id, text, label and prediction, which are the entities that
        differ, of plain tags the wrong words with theirs, and wrong_words.
    """
    count, found = worst_errors.worst(_wrong(split, predicted))
    return count, [_row(split, *sentence) for sentence in found]


def _wrong(split, predicted) -> Iterator:
    for example, tags in zip(split.examples, predicted, strict=True):
        if example is None:
            continue
        both = zip(example.tags, tags, strict=True)
        wrong = [place for place, (a, b) in enumerate(both) if a != b]
        if wrong:
            yield len(wrong), (example, tags, wrong)


def _row(split, example, tags, wrong) -> dict[str, Any]:
    label, prediction = (
        _marked(split, example.words, own, wrong)
        for own in (example.tags, tags)
    )
    return {
        "id": example.id,
        "text": worst_errors.short(" ".join(example.words)),
        "label": _listed(label, prediction),
        "prediction": _listed(prediction, label),
        "wrong_words": len(wrong),
    }


def _listed(own: list[str], other: list[str]) -> str:
    """Those that the other side does not have."""
    found = "; ".join(entity for entity in own if entity not in other)
    return worst_errors.short(found) or worst_errors.NONE


def _marked(split, words, tags, wrong) -> list[str]:
    if split.scheme == "none":
        return [f"{words[place]} [{tags[place]}]" for place in wrong]
    places = [(number, number + 1) for number in range(len(words))]
    bio = tag_schemes.to_bio(tags, "BIO")
    return [
        f"{' '.join(words[begin:end])} [{kind}]"
        for begin, end, kind in entity_words.entities(places, bio)
    ]
