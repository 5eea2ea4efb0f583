"""The sentences with most wrong tags."""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks.data import parts
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import schemes as tag_schemes


def of_tags(
    part: parts.Part, predicted: Sequence[Sequence[str] | None]
) -> tuple[int, list[dict[str, Any]]]:
    """How many sentences have a wrong tag, and those with most wrong words.

    Returns:
        Rows with id, text, label and prediction, which are the entities that
        differ, of plain tags the wrong words with theirs, and wrong_words.
    """
    count, found = worst_errors.worst(_wrong(part, predicted))
    return count, [_row(part, *sentence) for sentence in found]


def _wrong(part, predicted) -> Iterator:
    for example, tags in zip(part.examples, predicted, strict=True):
        if example is None:
            continue
        both = zip(example.tags, tags, strict=True)
        wrong = [place for place, (a, b) in enumerate(both) if a != b]
        if wrong:
            yield len(wrong), (example, tags, wrong)


def _row(part, example, tags, wrong) -> dict[str, Any]:
    label, prediction = (
        _marked(part, example.words, own, wrong) for own in (example.tags, tags)
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


def _marked(part, words, tags, wrong) -> list[str]:
    if part.scheme == "none":
        return [f"{words[place]} [{tags[place]}]" for place in wrong]
    places = [(number, number + 1) for number in range(len(words))]
    bio = tag_schemes.to_bio(tags, "BIO")
    return [
        f"{' '.join(words[begin:end])} [{kind}]"
        for begin, end, kind in entity_words.entities(places, bio)
    ]
