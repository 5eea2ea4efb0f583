"""The best spans of all windows, as answers to questions and in files."""

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
from data_pipeline.tasks.spans import scores as span_scores

# Stands for a score that does not exist: far from any that a model gives, and a
# number that JSON has.
NO_SCORE = 1e6
# Of probabilities and scores that are shown.
_DIGITS = 6


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A part of the context that may be the answer.

    text: context[start_character:end_character].
    probability: among the candidates of the question.
    score: of the start and the end; log-probabilities or logits, added.
    """

    text: str
    start_character: int
    end_character: int
    probability: float
    score: float


@dataclasses.dataclass(frozen=True)
class Prediction:
    """candidates: the best first; () where no span is possible.

    null_score: the higher, the less the question has an answer.
    """

    candidates: tuple[Candidate, ...] = ()
    null_score: float = NO_SCORE

    @property
    def best_text(self) -> str:
        """The answer if there must be one."""
        return self.candidates[0].text if self.candidates else ""

    def text(self, threshold: float) -> str:
        """The answer, "" if the null score is above the threshold."""
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

    A text comes once for an example, with its best score.

    Args:
        outputs: by item of the features, as span_scores.best_spans has them;
            with unanswerable_logits [I] of ALBERT's head for SQuAD 2.0.
        features: from span_features.encode.
        examples: those that they were made of.
        n_best_size: candidates of an example, at most.
        max_answer_length: tokens.

    Returns:
        A prediction for each example, an empty one for None. The null score is
        the lowest of all windows: of unanswerable_logits, or of the scores of
        [CLS], less the score of the best span.

    Raises:
        FloatingPointError: an output is not a number.
    """
    for name, values in outputs.items():
        assert len(values) == len(features), (name, len(values), len(features))
        if np.isnan(values).any():
            raise FloatingPointError(
                "The model's outputs must be numbers. Received: NaN in "
                f"{name}. Has the training failed? Take an earlier checkpoint."
            )
    plain = "start_logits" in outputs
    if plain:
        null = outputs["start_logits"][:, 0].astype(np.float64)
        null += outputs["end_logits"][:, 0]
    else:
        null = outputs["unanswerable_logits"].astype(np.float64)
    predictions = [Prediction()] * len(examples)
    spans = span_scores.best_spans(
        outputs, features, n_best_size, max_answer_length
    )
    for number, items in _items_by_example(features.example):
        candidates = _candidates(
            spans, items, examples[number].context, n_best_size
        )
        null_score = float(null[items].min())
        if plain:
            null_score -= candidates[0].score if candidates else -NO_SCORE
        predictions[number] = Prediction(candidates, null_score)
    return predictions


def write(
    folder: str,
    ids: Sequence[str | None],
    predictions: Sequence[Prediction],
    texts: Mapping[str, str],
) -> None:
    """Writes predictions.json, nbest_predictions.json and null_odds.json.

    They hold, by id, the answer, the candidates and the null score. Questions
    that were left out have the answer "" and no candidates.

    Args:
        ids: of every question, from squad.question_ids. The first of two
            questions with one id counts, and None is passed over.
        predictions: as long.
        texts: the answers, by id.
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
    """The answer as a row.

    Args:
        threshold: null score above which there is no answer; None: there must
            be one.
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
        "start": best.start_character if text else None,
        "null_score": round(prediction.null_score, _DIGITS),
    }


def first_by_id(
    ids: Sequence[str | None], predictions: Sequence[Prediction]
) -> dict[str, Prediction]:
    """The predictions by id; None is passed over, a second one too."""
    by_id: dict[str, Prediction] = {}
    for name, prediction in zip(ids, predictions, strict=True):
        if name is not None:
            by_id.setdefault(name, prediction)
    return by_id


def _items_by_example(example: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
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
        # A piece that stands for a space only has no text.
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
