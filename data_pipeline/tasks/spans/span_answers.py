"""Picks the best answers over all windows, and writes them to files."""

import dataclasses
import json
import math
import os
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks.spans import span_scores

# Stands in for a missing score: far beyond any that a model gives, and unlike
# infinity a number in JSON.
NO_SCORE = 1e6
# Decimals of displayed probabilities and scores.
_DIGITS = 6


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A span of the context that may be the answer.

    text: context[start_character:end_character].
    probability: softmax of the scores over the question's candidates.
    score: sum of the scores of start and end, which are log-probabilities or
        logits.
    """

    text: str
    start_character: int
    end_character: int
    probability: float
    score: float


@dataclasses.dataclass(frozen=True)
class Prediction:
    """The possible answers to one question.

    candidates: best first; () if no span is possible.
    null_score: the higher it is, the less likely an answer exists.
    """

    candidates: tuple[Candidate, ...] = ()
    null_score: float = NO_SCORE

    @property
    def best_text(self) -> str:
        """The answer to a question that must have one."""
        return self.candidates[0].text if self.candidates else ""

    def text(self, threshold: float) -> str:
        """The answer, or "" if the null score exceeds the threshold."""
        return "" if self.null_score > threshold else self.best_text


def predict(
    outputs: Mapping[str, np.ndarray],
    features: item_features.Features,
    examples: Sequence[example_types.SpanExample | None],
    *,
    n_best_size: int = 20,
    max_answer_length: int = 30,
) -> list[Prediction]:
    """Finds the best spans of every example over all its windows.

    If the same text occurs several times in an example, only the occurrence
    with the best score is kept.

    Args:
        outputs: model outputs by feature item, as span_scores.best_spans takes
            them; ALBERT's SQuAD 2.0 head adds unanswerable_logits [I].
        features: encoded by span_features.encode.
        examples: the examples that were encoded.
        n_best_size: maximum number of candidates for each example.
        max_answer_length: maximum number of tokens in an answer.

    Returns:
        One prediction for each example; empty for None. The null score is the
        minimum over the example's windows of unanswerable_logits; with the
        plain head, of the score of [CLS], minus the score of the best span.

    Raises:
        FloatingPointError: an output is NaN.
    """
    for name, values in outputs.items():
        assert len(values) == len(features), (name, len(values), len(features))
        if np.isnan(values).any():
            raise FloatingPointError(
                "The model's outputs must be numbers. Received: NaN in "
                f"{name}. Training may have diverged; use an earlier "
                "checkpoint."
            )
    plain = "start_logits" in outputs
    if plain:
        null = outputs["start_logits"][:, 0].astype(np.float64)
        null += outputs["end_logits"][:, 0]
    else:
        null = outputs["unanswerable_logits"].astype(np.float64)
    spans = span_scores.best_spans(
        outputs, features, n_best_size, max_answer_length
    )
    items_of = dict(_items_by_example(features.example))

    def prediction(number: int, context: str) -> Prediction:
        items = items_of[number]
        candidates = _candidates(spans, items, context, n_best_size)
        null_score = float(null[items].min())
        if plain:
            null_score -= candidates[0].score if candidates else -NO_SCORE
        return Prediction(candidates, null_score)

    return [
        Prediction()
        if example is None or number not in items_of
        else prediction(number, example.context)
        for number, example in enumerate(examples)
    ]


def write(
    folder: str,
    ids: Sequence[str | None],
    predictions: Sequence[Prediction],
    texts: Mapping[str, str],
) -> None:
    """Writes predictions.json, nbest_predictions.json and null_odds.json.

    They map question ids to answers, candidates and null scores. Skipped
    questions have the answer "" and no candidates.

    Args:
        folder: where to write the files.
        ids: the id of every question, from squad.question_ids. None is
            ignored; of several questions with the same id, the first counts.
        predictions: one for each id.
        texts: answers by question id.
    """
    by_id = first_by_id(ids, predictions)
    contents = {
        "predictions": {name: texts.get(name, "") for name in by_id},
        "nbest_predictions": {
            n: [dataclasses.asdict(c) for c in p.candidates]
            for n, p in by_id.items()
        },
        "null_odds": {n: p.null_score for n, p in by_id.items()},
    }
    files.make_folder(folder)
    for name, content in contents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        files.write(os.path.join(folder, f"{name}.json"), text.encode() + b"\n")


def shown(prediction: Prediction, threshold: float | None) -> dict[str, Any]:
    """The answer as a row for display.

    Args:
        prediction: the prediction for one question.
        threshold: the null score above which the answer is ""; None if every
            question must have an answer.
    """
    best = prediction.candidates[0] if prediction.candidates else None
    text = prediction.best_text
    if threshold is not None:
        text = prediction.text(threshold)
    return {
        "prediction": text,
        "probability": round(float(best.probability), _DIGITS)
        if best
        else None,
        "start": best.start_character if best and text else None,
        "null_score": round(prediction.null_score, _DIGITS),
    }


def first_by_id(
    ids: Sequence[str | None], predictions: Sequence[Prediction]
) -> dict[str, Prediction]:
    """Predictions by id: ignores None, and keeps the first of equal ids."""
    by_id: dict[str, Prediction] = {}
    for name, prediction in zip(ids, predictions, strict=True):
        if name is not None:
            by_id.setdefault(name, prediction)
    return by_id


def _items_by_example(example: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yields the number of each example, and its items."""
    order = np.argsort(example, kind="stable")
    numbers, begins = np.unique(example[order], return_index=True)
    return zip(numbers.tolist(), np.split(order, begins)[1:], strict=True)


def _candidates(
    spans: span_scores.Spans, items: np.ndarray, context: str, n_best_size: int
) -> tuple[Candidate, ...]:
    scores = spans.scores[items].ravel()
    starts = spans.starts[items].ravel()
    ends = spans.ends[items].ravel()
    found: dict[str, tuple[int, int, float]] = {}
    for i in np.argsort(-scores, kind="stable").tolist():
        if scores[i] == -np.inf or len(found) == n_best_size:
            break
        start, end = int(starts[i]), int(ends[i])
        # A piece that covers only white space has no text.
        if context[start:end].strip():
            found.setdefault(context[start:end], (start, end, float(scores[i])))
    if not found:
        return ()
    top = max(score for _, _, score in found.values())
    weights = [math.exp(score - top) for _, _, score in found.values()]
    return tuple(
        Candidate(text, start, end, weight / sum(weights), score)
        for (text, (start, end, score)), weight in zip(
            found.items(), weights, strict=True
        )
    )
