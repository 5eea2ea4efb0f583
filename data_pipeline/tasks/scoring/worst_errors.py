"""The errors that a model was surest of, with their texts."""

import heapq
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits

# How many errors are kept of a split, and how much of each text.
MAX_ERRORS = 50
MAX_CHARACTERS = 400
# Shown where there is no label or no entity.
NONE = "(none)"


def of_classes(
    split: splits.Split,
    predicted: Sequence[Any],
    shares: np.ndarray,
    made: item_features.Features,
    names: Mapping[Any, str],
) -> tuple[int, list[dict[str, Any]]]:
    """How many predictions are wrong, and those with the highest probability,
    highest first.

    Args:
        predicted: a class for each example.
        shares: probabilities [I, C], by item of `made`.
        names: what to call each class, in the order of the probabilities.
    Returns:
        Rows with id, text, label, prediction, probability, and
        label_probability, that of the true class.
    """
    return worst(_wrong_classes(split.examples, predicted, shares, made, names))


def of_sets(
    split: splits.Split,
    predicted: Sequence[Any],
    shares: np.ndarray,
    made: item_features.Features,
    names: Mapping[Any, str],
) -> tuple[int, list[dict[str, Any]]]:
    """As `of_classes`, where examples have sets of labels.

    Returns:
        Rows with id, text, label, prediction, and the label (`decision`) that
        the probability is of.
    """
    return worst(_wrong_sets(split.examples, predicted, shares, made, names))


def of_numbers(
    split: splits.Split,
    predicted: Sequence[Any],
    made: item_features.Features,
) -> tuple[int, list[dict[str, Any]]]:
    """How many numbers there are, and those that are furthest off.

    Returns:
        Rows with id, text, label, prediction and difference.
    """
    return worst(_differences(split.examples, predicted, made))


def worst(found: Iterator[tuple[float, Any]]) -> tuple[int, list]:
    """How many there are, and the MAX_ERRORS worst of them, worst first.

    Args:
        found: pairs of how bad it is, and what it is.
    """
    count = 0

    def numbered():
        nonlocal count
        for badness, row in found:
            count += 1
            yield badness, -count, row  # the first of equals

    kept = heapq.nlargest(MAX_ERRORS, numbered())
    return count, [row for _, _, row in kept]


def _differences(examples, predicted, made):
    for number in made.example.tolist():
        example, value = examples[number], predicted[number]
        difference = value - example.label
        yield (
            abs(difference),
            {
                **_text_of(example, {}),
                "label": f"{example.label:.4g}",
                "prediction": f"{value:.4g}",
                "difference": difference,
            },
        )


def _wrong_classes(examples, predicted, shares, made, names):
    places = {label: place for place, label in enumerate(names)}
    for row, number in enumerate(made.example.tolist()):
        example, value = examples[number], predicted[number]
        if value != example.label:
            probability = float(shares[row, places[value]])
            yield (
                probability,
                {
                    **_text_of(example, names),
                    "label": names[example.label],
                    "prediction": names[value],
                    "probability": probability,
                    "label_probability": float(
                        shares[row, places[example.label]]
                    ),
                },
            )


def _wrong_sets(examples, predicted, shares, made, names):
    labels = list(names)
    for row, number in enumerate(made.example.tolist()):
        example, value = examples[number], predicted[number]
        if set(value) == set(example.label):
            continue
        is_given = np.array([label in example.label for label in labels])
        off = np.abs(shares[row] - is_given)
        place = int(off.argmax())
        yield (
            float(off[place]),
            {
                **_text_of(example, names),
                "label": ", ".join(names[one] for one in example.label) or NONE,
                "prediction": ", ".join(names[one] for one in value) or NONE,
                "decision": names[labels[place]],
                "probability": float(shares[row, place]),
            },
        )


def _text_of(example, names) -> dict[str, Any]:
    if hasattr(example, "choices"):
        lines = [
            f"{name}) {short(choice)}"
            for name, choice in zip(
                names.values(), example.choices, strict=False
            )
        ]
        text = " | ".join([short(example.context), *lines])
        return {"id": example.id, "text": text}
    return {"id": example.id, "text": " | ".join(map(short, example.texts))}


def short(text: str) -> str:
    """The text, cut to MAX_CHARACTERS."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[: MAX_CHARACTERS - 1] + "…"
