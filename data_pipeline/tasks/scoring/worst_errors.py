"""The errors that a model was surest of, with their texts."""

import heapq
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts

# What is kept of a part, and of each text.
MAX_ERRORS = 50
MAX_CHARACTERS = 400
# In place of no label, no entity.
NONE = "(none)"


def of_texts(
    task: table.Task,
    part: parts.Part,
    predicted: Sequence,
    logits: np.ndarray,
    made: features_lib.Features,
    names: Mapping[Any, str],
) -> tuple[int, list[dict[str, Any]]]:
    """How many predictions are wrong, and the worst of them, worst first.

    The worst are those with the highest probability; of numbers, none of which
    is right or wrong, those that are furthest off.

    Args:
        predicted: as of `outcomes.predictions`.
        logits: [I, C], by item of `made`.
        names: what to call each class, in the order of the logits.
    Returns:
        Rows with id, text, label and prediction; and probability, and
        label_probability, that of the true class; of numbers instead the
        difference; of several labels the one (`decision`) that the
        probability is of.
    """
    examples = part.examples
    if task.kind == "regression":
        found = _differences(examples, predicted, made, names)
    elif task.kind == "multilabel":
        shares = outcomes.probabilities(task.kind, logits)
        found = _wrong_sets(examples, predicted, shares, made, names)
    else:
        shares = outcomes.probabilities(task.kind, logits)
        found = _wrong_classes(examples, predicted, shares, made, names)
    return worst(found)


def worst(found: Iterator[tuple[float, Any]]) -> tuple[int, list]:
    """How many there are, and the MAX_ERRORS worst of them, worst first.

    Args:
        found: pairs, of which the first is the higher the worse.
    """
    count = 0

    def numbered():
        nonlocal count
        for badness, row in found:
            count += 1
            yield badness, -count, row  # the first of equals

    kept = heapq.nlargest(MAX_ERRORS, numbered())
    return count, [row for _, _, row in kept]


def _differences(examples, predicted, made, names):
    for number in made.example.tolist():
        example, value = examples[number], predicted[number]
        difference = value - example.label
        yield (
            abs(difference),
            {
                **_text_of(example, names),
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
    """What is kept of a text."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[: MAX_CHARACTERS - 1] + "…"
