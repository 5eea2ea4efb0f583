"""Predictions with the texts that they are of, a dict for each input.

{"index": "0", "text": "a fine film", "prediction": "positive",
 "probability": 0.93, "label": "positive"}
"""

from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.readers import race
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import features as tag_features
from data_pipeline.tasks.tags import schemes as tag_schemes

# Of probabilities and numbers.
_DIGITS = 6


def of(
    data: task_data.TaskData,
    encoded: task_data.Encoded,
    outcome: task_data.Outcome,
    threshold: float,
) -> list[dict[str, Any]]:
    """A row for each input, in order.

    Each has `index`, the texts, `prediction` and, except for numbers,
    `probability`; and `label`, if any input of the part has one. By kind:

    classification: the class.
    multilabel: lists of classes and of their probabilities, the likeliest
        first; [] for none.
    regression: the number.
    multiple_choice: the number of the choice from 0; of RACE its letter.
    tagging: lists of a tag and a probability for each word; and `entities`,
        with start, end (characters of `text`, or, without one, words), type
        and text.
    span: the answer, "" for none; the probability is that of the best span
        among the candidates; start, its first character in the context, or
        None; and null_score.

    The prediction of an input that could not be used is None.

    Args:
        data: of the task.
        encoded, outcome: of the part.
        threshold: null score above which a question has no answer.
    """
    part, made = encoded
    has_labels = any(
        _label(data.task, example) is not None for example in part.examples
    )
    answers = _answers(data, part, made, outcome, threshold)
    rows = []
    for index, example, answer in zip(
        outcomes.indices(part), part.examples, answers, strict=True
    ):
        row = {"index": index}
        if example is None:
            row |= {"prediction": None}
        else:
            row |= {**_texts(example), **answer}
        if has_labels:
            label = None if example is None else _label(data.task, example)
            if data.task.kind == "tagging" and label is not None:
                label = _respelled(data, part, label)
            row["label"] = label
        rows.append(row)
    return rows


def _texts(example: examples_lib.Example) -> dict[str, Any]:
    match example:
        case examples_lib.SpanExample():
            return {"question": example.question, "context": example.context}
        case examples_lib.ChoiceExample():
            return {
                "context": example.context,
                "choices": list(example.choices),
            }
        case examples_lib.TaggedExample():
            text = {"text": example.text} if example.text else {}
            return {**text, "words": list(example.words)}
    return dict(zip(("text", "second_text"), example.texts, strict=False))


def _label(task: table.Task, example: examples_lib.Example | None) -> Any:
    match example:
        case examples_lib.SpanExample():
            answers = example.answers
            if answers is None:
                return None
            return list(dict.fromkeys(text for _, text in answers))
        case examples_lib.TaggedExample():
            return example.tags and list(example.tags)
        case None:
            return None
    label = example.label
    if isinstance(label, tuple):
        return list(label)
    if task.name == "race" and label is not None:
        return race.LETTERS[label]
    return label


def _answers(data, part, made, outcome, threshold) -> list[dict | None]:
    kind = data.task.kind
    if kind == "span":
        return [
            _answer(prediction, threshold if data.task.unanswerable else None)
            for prediction in outcome.predicted
        ]
    if kind == "tagging":
        return _tags(data, part, made, outcome)
    found: list[dict | None] = [None] * len(part.examples)
    logits = outcome.outputs["logits"]
    for item, number in enumerate(made.example.tolist()):
        value = outcome.predicted[number]
        if kind == "regression":
            found[number] = {"prediction": round(value, _DIGITS)}
            continue
        shares = outcomes.probabilities(kind, logits[item])
        if kind == "multilabel":
            places = [data.labels.index(label) for label in value]
            places.sort(key=lambda place, of=shares: -of[place])
            found[number] = {
                "prediction": [data.labels[place] for place in places],
                "probability": [_rounded(shares[place]) for place in places],
            }
        else:
            if data.task.name == "race":
                value = race.LETTERS[value]
            found[number] = {
                "prediction": value,
                "probability": _rounded(shares.max()),
            }
    return found


def _answer(prediction, threshold: float | None) -> dict[str, Any]:
    best = prediction.candidates[0] if prediction.candidates else None
    text = prediction.best_text
    if threshold is not None:
        text = prediction.text(threshold)
    return {
        "prediction": text,
        "probability": _rounded(best.probability) if best else None,
        "start": best.start_character if text else None,
        "null_score": round(prediction.null_score, _DIGITS),
    }


def _tags(data, part, made, outcome) -> list[dict | None]:
    shares = tag_features.of_words(
        outcomes.probabilities("tagging", outcome.outputs["logits"]).max(-1),
        made,
        part.examples,
    )
    return [
        example
        and {
            "prediction": _respelled(data, part, tags),
            "probability": list(map(_rounded, own)),
            **_entities(example, tags, data.scheme),
        }
        for example, tags, own in zip(
            part.examples, outcome.predicted, shares, strict=True
        )
    ]


def _respelled(data, part: parts.Part, tags: Sequence[str]) -> list[str]:
    """Tags in the scheme of their file, or else of the training data."""
    scheme = data.scheme if part.scheme == "none" else part.scheme
    return list(tag_schemes.from_bio(tags, scheme))


def _entities(
    example: examples_lib.TaggedExample, tags: Sequence[str], scheme: str
) -> dict[str, Any]:
    if scheme == "none":
        return {}
    places = example.places or [(n, n + 1) for n in range(len(example.words))]
    bio = tag_schemes.to_bio(tags, "BIO")
    return {
        "entities": [
            {
                "start": start,
                "end": end,
                "type": kind,
                "text": example.text[start:end]
                if example.places
                else " ".join(example.words[start:end]),
            }
            for start, end, kind in entity_words.entities(places, bio)
        ]
    }


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)
