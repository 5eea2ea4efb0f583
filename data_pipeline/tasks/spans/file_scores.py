"""Scores a file of predicted answers."""

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
    """The metrics of a predictions.json.

    Args:
        task: tells whether questions may have no answer.
        split: the questions, with their answers.
        predictions: path of the file.
        null_odds: path of null scores by question id; if given, the best
            thresholds are added.
        problems: collects bad predictions, which are skipped.
    Raises:
        ValueError: null odds are given although every question has an answer.
    """
    texts = prediction_files.read_answers(predictions, split, problems)
    if not task.unanswerable:
        if null_odds:
            raise ValueError(
                "--null_odds must be used with questions that may have no "
                "answer; in SQuAD 1.1, every question has one. Received: "
                f"--null_odds={null_odds}. Omit it, or use "
                "--task_name=squad2."
            )
        return squad_metrics.evaluate_v1(split.examples, texts)
    values = squad_metrics.evaluate_v2(split.examples, texts)
    if null_odds:
        odds = prediction_files.read_null_odds(null_odds, split, problems)
        values |= squad_metrics.best_thresholds(split.examples, texts, odds)
    return values
