"""The metrics of a file of predictions."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from data_pipeline.tasks import outcomes
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import metrics_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.scoring import prediction_files
from data_pipeline.tasks.spans import squad_metrics


def evaluate(
    task: table.Task,
    name: str,
    source: parts.Source,
    predictions: str,
    null_odds: str | None = None,
) -> dict[str, float]:
    """The metrics of a file of predictions, and how many are missing.

    Args:
        task: of the table, or a user's own.
        name: of the part.
        source: where it is; its `on_bad_row` is also for predictions.
        predictions: the file.
        null_odds: of SQuAD 2.0, null scores by id; adds the best thresholds.
    Raises:
        ValueError: the file does not belong to the part.
    """
    part = parts.read(task, name, source, labelled=True)
    problems = problems_lib.Problems(source.on_bad_row)
    if task.kind == "span":
        return _of_answers(task, part, predictions, null_odds, problems)
    if null_odds:
        raise ValueError(
            "The task of --null_odds must have questions without answers. "
            f"Received: --null_odds={null_odds} for {task.name}. Leave it out."
        )
    if task.kind == "tagging":
        labels = []
        predicted = prediction_files.read_tags(predictions, part, problems)
    else:
        labels = _labels(task, part, predictions)
        separator = source.columns.label_separator if source.columns else "|"
        predicted = prediction_files.read_rows(
            predictions, task, part, labels, problems, separator
        )
    missing = [
        number
        for number, example in enumerate(part.examples)
        if example is not None and predicted[number] is None
    ]
    for number in missing:
        predicted[number] = _wrong(task, part, number, labels)
    return {
        **outcomes.score(task, part, predicted, labels),
        "missing": len(missing),
    }


def _of_answers(task, part, predictions, null_odds, problems):
    texts = prediction_files.read_answers(predictions, part, problems)
    if not task.unanswerable:
        if null_odds:
            raise ValueError(
                "--null_odds must be for questions that may have no answer; in "
                f"SQuAD 1.1 all have one. Received: --null_odds={null_odds}. "
                "Leave it out, or take "
                "--task_name=squad2."
            )
        return squad_metrics.evaluate_v1(part.examples, texts)
    values = squad_metrics.evaluate_v2(part.examples, texts)
    if null_odds:
        odds = prediction_files.read_null_odds(null_odds, part, problems)
        values |= squad_metrics.best_thresholds(part.examples, texts, odds)
    return values


def _labels(task, part, predictions: str) -> list[str]:
    """The classes: those that the file has a column for, then the data's."""
    if task.labels or task.kind not in ("classification", "multilabel"):
        return list(task.labels)
    named = prediction_files.read_classes(predictions)
    return list(
        dict.fromkeys(
            [*named, *learned_labels.of(task, part.examples, part.classes)]
        )
    )


def _wrong(
    task: table.Task, part: parts.Part, number: int, labels: Sequence[str]
) -> Any:
    """What stands for a missing prediction."""
    example = part.examples[number]
    if task.kind == "tagging":
        # Of entities: none is found.
        tag = "" if part.scheme == "none" else "O"
        return [tag] * len(example.words)
    if task.kind == "multiple_choice":
        return (example.label + 1) % len(example.choices)
    if task.kind == "multilabel":
        return tuple(label for label in labels if label not in example.label)
    if task.kind == "regression":
        # A correlation has no number for wrong: as far off as the data goes.
        numbers = [other.label for other in part.examples if other is not None]
        ends = min(numbers), max(numbers)
        return max(ends, key=lambda end: abs(end - example.label))
    return next((label for label in labels if label != example.label), "")


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
) -> tuple[str, parts.Source]:
    """Name of the part, and where it is."""
    source = from_config.source(config, task)
    path = source.files.get("dev")
    if path and task.name == "race":
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
