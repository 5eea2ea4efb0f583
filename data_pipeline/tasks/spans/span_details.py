"""Details of an evaluation of answers, beyond its score."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import confusion
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
    """Scores of questions with and without an answer, and the worst answers.

    See `Kind.details` for what is returned.
    """
    texts, _ = decisions.texts(task, split, predicted, threshold)
    found = squad_metrics.by_question(split.examples, texts, task.unanswerable)
    examples = {e.id: e for e in split.examples if e is not None}
    groups: dict[str, list[tuple[int, float]]] = {
        "with an answer": [],
        "without an answer": [],
    }
    for name, score in found.items():
        has_answer = bool(examples[name].answers)
        groups["with an answer" if has_answer else "without an answer"] += [
            score
        ]
    details: dict[str, Any] = {
        "groups": [
            {
                "name": name,
                "exact_match": 100
                * float(np.mean([exact for exact, _ in own])),
                "f1": 100 * float(np.mean([f1 for _, f1 in own])),
                "rows": len(own),
            }
            for name, own in groups.items()
            if own
        ]
    }
    if task.unanswerable:
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
