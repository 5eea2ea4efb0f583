"""The metrics of a file of predictions."""

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
        task: of the table, or a user's own.
        name: of the split.
        source: where it is; its `on_bad_row` is also for predictions.
        predictions: the file.
        null_odds: of SQuAD 2.0, null scores by id; adds the best thresholds.
    Raises:
        ValueError: the file does not belong to the split.
    """
    split = split_files.read(task, name, source, labelled=True)
    problems = row_problems.Problems(source.on_bad_row)
    separator = source.columns.label_separator if source.columns else "|"
    kind = kinds.of(task)
    if null_odds and not kind.takes_null_odds:
        raise ValueError(
            "The task of --null_odds must have questions without answers. "
            f"Received: --null_odds={null_odds} for {task.name}. Leave it out."
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
    for name in ("task_name", "predictions"):
        if not getattr(config, name):
            raise ValueError(
                f"--{name} must be given. Received: {getattr(config, name)!r}."
            )
    tasks = from_config.tasks(config)
    if len(tasks) > 1:
        raise ValueError(
            "A file of predictions must be of one task. Received: --task_name="
            f"{','.join(config.task_name)}."
        )
    name, source = _data(config, tasks[0])
    return PredictionScores(
        evaluate(tasks[0], name, source, config.predictions, config.null_odds)
    )


def _data(
    config: metrics_config.MetricsConfig, task: table.Task
) -> tuple[str, splits.DataSource]:
    """Name of the split, and where it is."""
    source = from_config.source(config, task)
    path = source.files.get("dev")
    if path and task.is_folder:
        folder, name = os.path.split(os.path.normpath(path))
        return name, dataclasses.replace(source, data_dir=folder)
    if path:
        return "dev", source
    names = (config.part,) if config.part else task.evaluation
    if len(names) != 1:
        raise ValueError(
            f"--part must say which part of {task.name} in --data_dir the "
            f"predictions are for, of {', '.join(names or task.tests)}, or "
            "--data_file must name a file. Received: neither."
        )
    return names[0], source
