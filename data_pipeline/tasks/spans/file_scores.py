"""Metrics of answers that were read from a file."""

from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.spans import prediction_files
from data_pipeline.tasks.spans import squad_metrics


def of(
    task: table.Task,
    split: splits.Split,
    predictions: str,
    null_odds: str | None,
    problems: row_problems.Problems,
) -> dict[str, float]:
    """The metrics of predictions.json.

    Args:
        predictions: its path.
        null_odds: the path of null scores by id, to add the best thresholds.
        problems: told of bad predictions, which are left out.
    Raises:
        ValueError: null odds are given although all questions have answers.
    """
    texts = prediction_files.read_answers(predictions, split, problems)
    if not task.unanswerable:
        if null_odds:
            raise ValueError(
                "--null_odds must be for questions that may have no answer; in "
                f"SQuAD 1.1 all have one. Received: --null_odds={null_odds}. "
                "Leave it out, or take --task_name=squad2."
            )
        return squad_metrics.evaluate_v1(split.examples, texts)
    values = squad_metrics.evaluate_v2(split.examples, texts)
    if null_odds:
        odds = prediction_files.read_null_odds(null_odds, split, problems)
        values |= squad_metrics.best_thresholds(split.examples, texts, odds)
    return values
