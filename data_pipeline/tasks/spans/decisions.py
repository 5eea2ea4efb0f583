"""Decides which questions have an answer, by thresholds of null scores."""

from collections.abc import Sequence

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.spans import span_answers
from data_pipeline.tasks.spans import squad_metrics


def texts(
    task: table.Task,
    split: splits.Split,
    predicted: Sequence[span_answers.Prediction],
    threshold: float | None,
) -> tuple[dict[str, str], dict[str, float]]:
    """Answers by question id, and the null score thresholds that were used.

    Args:
        task: tells whether questions may have no answer.
        split: the questions.
        predicted: one prediction for each question.
        threshold: a threshold tuned on other data; None to tune thresholds
            with squad_metrics.decide_on_halves.
    """
    by_id = span_answers.first_by_id(split.ids, predicted)
    if not task.unanswerable:
        return {name: p.best_text for name, p in by_id.items()}, {}
    if threshold is not None:
        return (
            {name: p.text(threshold) for name, p in by_id.items()},
            {"threshold": threshold},
        )
    found, (first, second) = squad_metrics.decide_on_halves(
        split.examples,
        {name: p.best_text for name, p in by_id.items()},
        {name: p.null_score for name, p in by_id.items()},
    )
    return found, {"threshold_first": first, "threshold_second": second}
