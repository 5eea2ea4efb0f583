"""Scores a file of predictions."""

import dataclasses
import os
from typing import NamedTuple

from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import metrics_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files


def evaluate(
    task: table.Task,
    name: str,
    source: splits.DataSource,
    predictions: str,
    null_odds: str | None = None,
) -> dict[str, float]:
    """The metrics of a file of predictions, and how many are missing.

    Args:
        task: a task of the table, or a user's own.
        name: name of the split that was predicted.
        source: where the data is; `on_bad_row` also applies to predictions.
        predictions: path of the predictions.
        null_odds: path of SQuAD 2.0's null scores by id; adds the best
            thresholds to the metrics.
    Raises:
        ValueError: the file does not belong to the split.
    """
    split = split_files.read(task, name, source, labelled=True)
    problems = row_problems.Problems(source.on_bad_row)
    separator = source.columns.label_separator if source.columns else "|"
    kind = kinds.of(task)
    if null_odds and not kind.takes_null_odds:
        raise ValueError(
            "--null_odds must be used with tasks that have questions without "
            f"answers. Received: --null_odds={null_odds} for {task.name}. "
            "Leave it out."
        )
    return kind.score_file(
        task, split, predictions, null_odds, problems, separator
    )


class PredictionScores(NamedTuple):
    """Metrics of a file of predictions, by name."""

    metrics: dict[str, float]


def score_predictions(config: metrics_config.MetricsConfig) -> PredictionScores:
    """Scores a file of predictions against labeled data.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the settings do not name one labeled file and its
            predictions, or the predictions do not belong to it.
    """
    if not config.predictions:
        raise ValueError(
            f"--predictions must be given. Received: {config.predictions!r}."
        )
    tasks = from_config.tasks(config)
    if len(tasks) > 1:
        raise ValueError(
            "A file of predictions must be for one task. Received: --task_name="
            f"{','.join(task.name for task in tasks)}. Name one task."
        )
    name, source = _data(config, tasks[0])
    return PredictionScores(
        evaluate(tasks[0], name, source, config.predictions, config.null_odds)
    )


def _data(
    config: metrics_config.MetricsConfig, task: table.Task
) -> tuple[str, splits.DataSource]:
    """The name of the split, and where its data is."""
    source = from_config.source(config, task)
    path = source.files.get("dev")
    if path and task.is_folder:
        folder, name = os.path.split(os.path.normpath(path))
        return name, dataclasses.replace(source, data_dir=folder)
    if path:
        return "dev", source
    names = (config.split,) if config.split else task.evaluation
    if len(names) != 1:
        raise ValueError(
            f"--split must name the split of {task.name} in --data_dir that "
            f"was predicted, one of {', '.join(names or task.tests)}, "
            "or --data_file must name a file. Received: neither."
        )
    return names[0], source
