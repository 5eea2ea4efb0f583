"""Evaluates a model on its tasks, and writes its predictions."""

import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from data_pipeline.batches import host_share
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.calibration import measures
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.reports import report
from data_pipeline.tasks.results import report_files
from data_pipeline.tasks.results import submission
from data_pipeline.tasks.scoring import baselines

# Takes (task, distributed batches) and returns the model's outputs by item.
Predict = Callable[[str, Iterable], dict[str, np.ndarray]]
# Takes a task's data and some of its examples, and returns for each of them
# what mattered to the model, as text; None if that cannot be told.
Explain = Callable[[task_data.TaskData, list[Any]], list[str] | None]
# How many of the worst errors are explained.
_EXPLAINED = 10


def score(
    strategy: tf.distribute.Strategy,
    predict: Predict,
    datas: Sequence[task_data.TaskData],
    *,
    batch_size: int,
    threshold: float | None,
    output_dir: str | None = None,
    checkpoint: str | None = None,
    explain: Explain | None = None,
) -> dict[str, float]:
    """The official metrics on all evaluation splits.

    Args:
        strategy: distributes batches to replicas.
        predict: runs the model.
        datas: the tasks' data; sets their `threshold` if null scores are tuned.
        batch_size: items in a batch, over all replicas.
        threshold: of null scores; None: tune it.
        output_dir: folder for predictions and reports; None: write nothing.
        checkpoint: name of the weights, for the reports.
        explain: explains the worst errors; None: nothing does.
    Returns:
        The metrics by name. Names begin with task/ for several tasks, and with
        split/ for several splits. Besides the official metrics there are
        `loss`, computed as in training, `baseline_loss` and `rows`; with an
        output_dir, also the metrics of single classes. `score` is the mean of
        the main metrics, from 0 to 1, and `baseline` that of the baselines'.
    Raises:
        ValueError: a task has no labeled split to evaluate on, such as ax.
    """
    values: dict[str, float] = {}
    mains = []
    for data in datas:
        if not data.evaluation_splits:
            raise ValueError(
                f"The data to evaluate {data.task.name} on must have labels. "
                "Received: --do_eval, and no labels. Use --do_predict instead."
            )
        for name in data.evaluation_splits:
            encoded = data.get(name)
            predictions = predictions_of(
                strategy, predict, data, encoded, batch_size
            )
            found = data.score(encoded, predictions, threshold)
            baseline = data.baseline(name)
            whole = data.kind.perfect
            metric = data.metric_of(encoded.split)
            mains.append(
                (found[metric] / whole, baseline.metrics[metric] / whole)
            )
            if "threshold_first" in found:
                # For other questions, the mean of both halves' thresholds.
                data.threshold = (
                    found["threshold_first"] + found["threshold_second"]
                ) / 2
            found |= _losses(data, encoded, predictions, baseline)
            if data.calibration is not None:
                found |= measures.of_evaluation(
                    predictions.outputs, encoded.features.labels["label"]
                )
            if output_dir:
                folder = folder_of(output_dir, datas, data)
                data.write(folder, encoded, predictions, threshold)
                made = _report(
                    folder,
                    data,
                    encoded,
                    predictions,
                    threshold,
                    found,
                    baseline,
                    _described(data, encoded, checkpoint),
                    explain,
                )
                found = {**report_files.by_name(made), **found}
            prefix = prefix_of(datas, data, name)
            values |= {f"{prefix}{key}": value for key, value in found.items()}
    score, baseline = np.mean(mains, axis=0).tolist()
    return {"score": score, "baseline": baseline, **values}


def prefix_of(
    datas: Sequence[task_data.TaskData], data: task_data.TaskData, split: str
) -> str:
    """The prefix of a metric's name, if there are several tasks or splits."""
    prefix = f"{data.task.name}/" if len(datas) > 1 else ""
    return f"{prefix}{split}/" if len(data.evaluation_splits) > 1 else prefix


def _losses(
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    baseline: baselines.Baseline,
) -> dict[str, float]:
    found: dict[str, float] = {
        "rows": sum(e is not None for e in encoded.split.examples)
    }
    sums = data.kind.losses(encoded.features, predictions.outputs)
    if sums is not None:
        losses, counts = sums
        found["loss"] = float(losses.sum() / max(counts.sum(), 1))
    if baseline.loss is not None:
        found["baseline_loss"] = baseline.loss
    return found


def _report(
    folder: str,
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    threshold: float | None,
    metrics: dict[str, float],
    baseline: baselines.Baseline,
    described: dict[str, str | None],
    explain: Explain | None,
) -> dict[str, Any]:
    """Writes the report of a split, and returns it."""
    details, errors = data.details(encoded, predictions, threshold)
    if data.calibration is not None and details["calibration"]:
        both = measures.before_and_after(
            predictions.outputs, encoded.features.labels["label"]
        )
        details["calibration"]["before"] = both["before"]
    split = encoded.split
    if explain is not None:
        examples = {e.id: e for e in split.examples if e is not None}
        shown = errors[:_EXPLAINED]
        mattered = explain(data, [examples[row["id"]] for row in shown])
        for row, words in zip(shown, mattered or (), strict=False):
            row["mattered"] = words
    made = {
        **described,
        **report.make(
            data,
            encoded,
            predictions,
            threshold,
            metrics=metrics,
            guess=baseline,
            details=details,
        ),
    }
    made["errors"] = {
        "count": made.pop("num_errors"),
        "file": report_files.errors_of(split.name),
    }
    name = report_files.name_of(split.name, data.evaluation_splits)
    report_files.write(folder, name, made, errors)
    return made


def _described(
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    checkpoint: str | None,
) -> dict[str, str | None]:
    """The task, data and weights of an evaluation."""
    return {
        "task": data.task.name,
        "kind": data.task.kind,
        "part": encoded.split.name,
        "data": os.path.basename(os.path.normpath(encoded.split.path)),
        "checkpoint": checkpoint,
    }


def predict_tests(
    strategy: tf.distribute.Strategy,
    predict: Predict,
    data: task_data.TaskData,
    *,
    batch_size: int,
    threshold: float | None,
    folder: str | None,
) -> None:
    """Predicts the splits that have no labels, and writes the predictions.

    Args:
        strategy, predict, data, batch_size: as in `score`.
        threshold: of null scores; None: that of the data.
        folder: folder for the predictions; None: write nothing.
    Raises:
        FileNotFoundError: there is no such split.
    """
    found = {}
    threshold = data.threshold if threshold is None else threshold
    for name in data.test_splits:
        if not data.exists(name):
            logging.warning(
                "%s does not have the split %s, which is not predicted.",
                data.task.name,
                name,
            )
            continue
        encoded = data.get(name, labelled=False)
        predictions = predictions_of(
            strategy, predict, data, encoded, batch_size
        )
        found[name] = encoded.split, predictions.predicted
        if folder:
            data.write(folder, encoded, predictions, threshold)
    if not found:
        raise FileNotFoundError(
            "--do_predict must have data to predict. Received: no "
            f"{' or '.join(data.test_splits)} of {data.task.name} in "
            "--data_dir, and no --predict_file. Name a file with "
            "--predict_file."
        )
    if data.task.submission and folder:
        submission.write(folder, data.task, found)


def folder_of(
    output_dir: str,
    datas: Sequence[task_data.TaskData],
    data: task_data.TaskData,
) -> str:
    """The folder for a task's predictions; each of several has its own."""
    if len(datas) == 1:
        return output_dir
    return os.path.join(output_dir, data.task.name)


def predictions_of(
    strategy: tf.distribute.Strategy,
    predict: Predict,
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    batch_size: int,
) -> task_kind.Predictions:
    """The model's predictions for a split. Args: as in `score`."""

    def batches() -> Iterator[Any]:
        for length, items in data.evaluation_plan(encoded, batch_size):
            yield from strategy.distribute_datasets_from_function(
                lambda context, length=length, items=items: (
                    input_pipeline.batches(
                        encoded.features,
                        items,
                        length,
                        share=host_share.of_context(context),
                    )
                )
            )

    return data.predictions(encoded, predict(data.task.name, batches()))
