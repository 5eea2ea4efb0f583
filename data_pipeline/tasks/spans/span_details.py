"""Details of an evaluation of answers, beyond its score."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import weighted_metrics
from data_pipeline.tasks.spans import decisions
from data_pipeline.tasks.spans import span_answers
from data_pipeline.tasks.spans import squad_metrics
from data_pipeline.tasks.spans import worst_answers

_ANSWERED, _UNANSWERED = "answer", "no answer"


def of(
    task: table.Task,
    split: splits.Split,
    predicted: Sequence[span_answers.Prediction],
    threshold: float | None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Which questions have an answer, and the worst answers.

    See `Kind.details` for what is returned.
    """
    texts, _ = decisions.texts(task, split, predicted, threshold)
    found = squad_metrics.by_question(split.examples, texts, task.unanswerable)
    examples = {e.id: e for e in split.examples if e is not None}
    details: dict[str, Any] = {}
    if task.unanswerable:
        details["group_names"] = {
            "answer": [
                "with an answer" if e.answers else "without an answer"
                for e in split.examples
                if e is not None
            ]
        }
        details["confusion"] = confusion.matrix(
            [
                _ANSWERED if examples[name].answers else _UNANSWERED
                for name in found
            ],
            [_ANSWERED if texts.get(name) else _UNANSWERED for name in found],
            {name: name for name in (_ANSWERED, _UNANSWERED)},
        )
    best = {
        name: prediction.candidates[0].probability
        for name, prediction in zip(split.ids, predicted, strict=True)
        if name is not None and prediction.candidates
    }
    count, worst = worst_answers.of_answers(split, texts, found, best)
    return {**details, "num_errors": count}, worst


def weighted(
    task: table.Task,
    split: splits.Split,
    predicted: Sequence[span_answers.Prediction],
    metric: str,
    threshold: float | None,
) -> weighted_metrics.WeightedMetric | None:
    """f1 or exact match, in percent, as a function of weights; None for other
    names."""
    if metric not in ("f1", "exact", "exact_match"):
        return None
    texts, _ = decisions.texts(task, split, predicted, threshold)
    found = squad_metrics.by_question(split.examples, texts, task.unanswerable)
    kept = [found.get(e.id) for e in split.examples if e is not None]
    place = 1 if metric == "f1" else 0
    sums = np.array([100 * own[place] if own else 0.0 for own in kept])
    return weighted_metrics.of_mean(sums, np.array([bool(own) for own in kept]))
