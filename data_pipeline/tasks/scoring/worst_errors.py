"""The worst errors of a model, with their texts."""

import heapq
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TypeVar

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits

# Limits on the number of errors, and on the length of each text.
MAX_ERRORS = 50
MAX_CHARACTERS = 400
# Displayed for no label or no entity.
NONE = "(none)"

_Row = dict[str, Any]
Error = TypeVar("Error")


def of_classes(
    split: splits.Split,
    predicted: Sequence[Any],
    probabilities: np.ndarray,
    features: item_features.Features,
    names: Mapping[Any, str],
) -> tuple[int, list[_Row]]:
    """Counts wrong classes, and lists those of highest probability.

    Args:
        split: the labeled examples.
        predicted: a class for each example.
        probabilities: [I, C], by item of `features`.
        features: the examples' features.
        names: the displayed name of each class, in the order of the C columns.
    Returns:
        The count, and rows with id, text, label, prediction, probability, and
        label_probability, that of the true class; highest probability first.
    """
    return worst(
        _wrong_classes(
            split.examples, predicted, probabilities, features, names
        )
    )


def of_sets(
    split: splits.Split,
    predicted: Sequence[Any],
    probabilities: np.ndarray,
    features: item_features.Features,
    names: Mapping[Any, str],
) -> tuple[int, list[_Row]]:
    """Counts wrong sets of labels, and lists the most confident ones.

    Args:
        split, features, names: as in `of_classes`.
        predicted: any number of labels for each example.
        probabilities: [I, C], the probability of each label.
    Returns:
        The count, and rows with id, text, label, prediction, probability, and
        decision, the label that this is the probability of; the worst decision
        first.
    """
    return worst(
        _wrong_sets(split.examples, predicted, probabilities, features, names)
    )


def of_numbers(
    split: splits.Split,
    predicted: Sequence[Any],
    features: item_features.Features,
) -> tuple[int, list[_Row]]:
    """Counts predicted numbers, and lists those that are furthest off.

    Args:
        split, features: as in `of_classes`.
        predicted: a number for each example.
    Returns:
        The count, and rows with id, text, label, prediction and difference;
        the largest difference first.
    """
    return worst(_differences(split.examples, predicted, features))


def worst(found: Iterable[tuple[float, Error]]) -> tuple[int, list[Error]]:
    """Counts errors, and lists the MAX_ERRORS worst ones, worst first.

    Args:
        found: pairs of how bad an error is, and the error.
    """
    count = 0

    def numbered() -> Iterator[tuple[float, int, Error]]:
        nonlocal count
        for badness, row in found:
            count += 1
            yield badness, -count, row  # the first among equals

    kept = heapq.nlargest(MAX_ERRORS, numbered())
    return count, [row for _, _, row in kept]


def _differences(
    examples: Sequence[Any],
    predicted: Sequence[Any],
    features: item_features.Features,
) -> Iterator[tuple[float, _Row]]:
    for number in features.example.tolist():
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


def _wrong_classes(
    examples: Sequence[Any],
    predicted: Sequence[Any],
    probabilities: np.ndarray,
    features: item_features.Features,
    names: Mapping[Any, str],
) -> Iterator[tuple[float, _Row]]:
    places = {label: place for place, label in enumerate(names)}
    for row, number in enumerate(features.example.tolist()):
        example, value = examples[number], predicted[number]
        if value != example.label:
            probability = float(probabilities[row, places[value]])
            yield (
                probability,
                {
                    **_text_of(example, names),
                    "label": names[example.label],
                    "prediction": names[value],
                    "probability": probability,
                    "label_probability": float(
                        probabilities[row, places[example.label]]
                    ),
                },
            )


def _wrong_sets(
    examples: Sequence[Any],
    predicted: Sequence[Any],
    probabilities: np.ndarray,
    features: item_features.Features,
    names: Mapping[Any, str],
) -> Iterator[tuple[float, _Row]]:
    labels = list(names)
    for row, number in enumerate(features.example.tolist()):
        example, value = examples[number], predicted[number]
        if set(value) == set(example.label):
            continue
        is_given = np.array([label in example.label for label in labels])
        off = np.abs(probabilities[row] - is_given)
        place = int(off.argmax())
        yield (
            float(off[place]),
            {
                **_text_of(example, names),
                "label": ", ".join(names[one] for one in example.label) or NONE,
                "prediction": ", ".join(names[one] for one in value) or NONE,
                "decision": names[labels[place]],
                "probability": float(probabilities[row, place]),
            },
        )


def _text_of(example: Any, names: Mapping[Any, str]) -> _Row:
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
    """A text, cut to MAX_CHARACTERS."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[: MAX_CHARACTERS - 1] + "…"
