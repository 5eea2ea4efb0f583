"""The errors that a model was surest of, with their texts."""

import heapq
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import entity_words
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks import tag_schemes

# What is kept of a part, and of each text.
MAX_ERRORS = 50
_MAX_CHARACTERS = 400
_NONE = "(none)"

# (the higher the worse, what to tell of it)
_Error = tuple[float, dict[str, Any]]


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
    return _worst(found)


def of_tags(
    part: parts.Part, predicted: Sequence[Sequence[str] | None]
) -> tuple[int, list[dict[str, Any]]]:
    """The same of sentences, with most wrong words first: `wrong_words`; label
    and prediction are the entities that differ, or the words of plain tags."""
    return _worst(_wrong_sentences(part, predicted))


def of_answers(
    part: parts.Part,
    texts: Mapping[str, str],
    scores: Mapping[str, tuple[int, float]],
    probabilities: Mapping[str, float],
) -> tuple[int, list[dict[str, Any]]]:
    """The same of questions without an exact match, the lowest `f1` first.

    Args:
        texts: the answers by id.
        scores: of `squad_metrics.by_question`.
        probabilities: of the best span among those of the question.
    """
    return _worst(_wrong_answers(part, texts, scores, probabilities))


def _worst(found: Iterator[_Error]) -> tuple[int, list[dict[str, Any]]]:
    count = 0

    def numbered():
        nonlocal count
        for badness, row in found:
            count += 1
            yield badness, -count, row  # the first of equals

    worst = heapq.nlargest(MAX_ERRORS, numbered())
    return count, [row for _, _, row in worst]


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
        worst = int(off.argmax())
        yield (
            float(off[worst]),
            {
                **_text_of(example, names),
                "label": ", ".join(names[one] for one in example.label)
                or _NONE,
                "prediction": ", ".join(names[one] for one in value) or _NONE,
                "decision": names[labels[worst]],
                "probability": float(shares[row, worst]),
            },
        )


def _wrong_sentences(part, predicted):
    for example, tags in zip(part.examples, predicted, strict=True):
        if example is None:
            continue
        wrong = [
            place
            for place, (gold, found) in enumerate(
                zip(example.tags, tags, strict=True)
            )
            if gold != found
        ]
        if wrong:
            label, prediction = (
                _marked(part, example.words, own, wrong)
                for own in (example.tags, tags)
            )
            yield (
                len(wrong),
                {
                    "id": example.id,
                    "text": _short(" ".join(example.words)),
                    "label": _listed(label, prediction),
                    "prediction": _listed(prediction, label),
                    "wrong_words": len(wrong),
                },
            )


def _listed(own: list[str], other: list[str]) -> str:
    """Those that the other side does not have."""
    return _short("; ".join(e for e in own if e not in other)) or _NONE


def _marked(part, words, tags, wrong) -> list[str]:
    """Entities with their types; of plain tags the wrong words with theirs."""
    if part.scheme == "none":
        return [f"{words[place]} [{tags[place]}]" for place in wrong]
    places = [(number, number + 1) for number in range(len(words))]
    return [
        f"{' '.join(words[begin:end])} [{kind}]"
        for begin, end, kind in entity_words.entities(
            places, tag_schemes.to_bio(tags, "BIO")
        )
    ]


def _wrong_answers(part, texts, scores, probabilities):
    for example in part.examples:
        if example is None or scores[example.id][0]:
            continue
        f1 = scores[example.id][1]
        probability = probabilities.get(example.id, 0.0)
        wanted = dict.fromkeys(text for _, text in example.answers)
        middle = example.answers[0][0] if example.answers else 0
        begin = max(0, middle - _MAX_CHARACTERS // 2)
        yield (
            (1 - f1) + probability / 1000,
            {
                "id": example.id,
                "text": _short(example.question),
                "context": _short(example.context[begin:]),
                "label": _short(" / ".join(wanted)) or "(no answer)",
                "prediction": _short(texts.get(example.id, ""))
                or "(no answer)",
                "f1": 100 * f1,
                "probability": probability,
            },
        )


def _text_of(example, names) -> dict[str, Any]:
    if hasattr(example, "choices"):
        lines = [
            f"{name}) {_short(choice)}"
            for name, choice in zip(
                names.values(), example.choices, strict=False
            )
        ]
        text = " | ".join([_short(example.context), *lines])
        return {"id": example.id, "text": text}
    return {"id": example.id, "text": " | ".join(map(_short, example.texts))}


def _short(text: str) -> str:
    if len(text) <= _MAX_CHARACTERS:
        return text
    return text[: _MAX_CHARACTERS - 1] + "…"
