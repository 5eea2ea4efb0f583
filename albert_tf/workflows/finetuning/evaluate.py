"""albert_tf.evaluate: computes and records the metrics of a trained model."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import tensorflow as tf
from absl import logging

from albert_tf.finetuning import multitask
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.runs import checkpoints
from albert_tf.runs import run_checkpoint
from albert_tf.training import distribution
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.evaluating import explanations
from albert_tf.workflows.evaluating import report_page
from albert_tf.workflows.finetuning import recorded
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.io import outputs
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import group_columns
from data_pipeline.tasks.data import split_checks
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import printed_results
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

# Settings that name the data to evaluate on.
_PLACES = (
    "data_dir",
    "train_file",
    "eval_file",
    "eval_fraction",
    "folds",
    "fold",
    "tfds",
)


class EvaluateResult(NamedTuple):
    """The metrics of a model.

    Attributes:
        folder: the folder that they were written to; None on all machines but
            the first.
        metrics: metrics by name: the official ones of the task, `loss`, `rows`,
            and `score`, the mean of the main ones, from 0 to 1. With several
            tasks, names are task/name; with several files, split/name.
        tables: the reports as text.
        page: the page with the reports; None on all machines but the first.
    """

    folder: str | None
    metrics: dict[str, float]
    tables: str
    page: str | None = None

    @property
    def details(self) -> list[evaluation_details.Evaluation]:
        """For each task and split the report, and the worst errors, as read
        from `folder`.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is damaged.

        Example:
            >>> details = result.evaluation.details[0]  # doctest: +SKIP
            >>> names, counts = details.confusion  # doctest: +SKIP
            >>> details.report["findings"]  # doctest: +SKIP
            ['Class 0 is never predicted; its support is 95.']
            >>> details.errors[0]["text"]  # doctest: +SKIP
            'Not bad at all.'
        """
        if self.folder is None:
            return []
        return evaluation_details.read(self.folder, evaluation_details.ONE)


def evaluate(config: inference_config.EvaluateConfig) -> EvaluateResult:
    """Evaluates a trained model on a file, or on its run's evaluation data.

    The task, the columns and the lengths are those that the model was trained
    with, unless the config gives others.

    Args:
        config: the settings of the evaluation.
    Returns:
        The metrics, and the folder that they were written to.
    Raises:
        ValueError: settings, data and weights do not fit together.
        FileNotFoundError: data or weights are missing.

    Example:
        >>> config = albert_tf.EvaluateConfig(checkpoint="run", file="dev.csv")
        >>> result = albert_tf.evaluate(config)  # doctest: +SKIP
        >>> result.metrics["accuracy"]  # doctest: +SKIP
        0.9243
    """
    config = named_models.fetched(config)
    path = run_checkpoint.find(config.checkpoint, config.which)
    named_models.check_output(config, path, "output_dir")
    home = config.output_dir or trained_model.home_of(config.checkpoint)
    outputs.check_folder(
        os.path.join(home, evaluation_files.EVALUATIONS), "--output_dir"
    )
    # The folder is also the cache for encoded data.
    config = dataclasses.replace(
        config, output_dir=home, eval_file=config.file or config.eval_file
    )
    kept = saved_tasks.folder_of(config.checkpoint)
    # The run's own training data, even for a file of other rows.
    training = remembered.take(
        dataclasses.replace(config, eval_file=None), kept, _PLACES, logs=False
    )
    config = remembered.take(config, kept, () if config.file else _PLACES)
    tasks = trained_model.tasks(config, path)
    trained_model.check_one_task(tasks, config.file)
    split_checks.check_splits(config, tasks, evaluates=True, predicts=False)
    with devices.used(config) as strategy:
        distribution.check_batch_size(
            "eval_batch_size",
            config.eval_batch_size,
            strategy.num_replicas_in_sync,
        )
        start = starting_point.of_weights(config, path, tasks[0].name)
        trained = trained_model.load(config, strategy, tasks, start)
        for data in trained.datas:
            data.training_source = from_config.source(training, data.task)
        return record(strategy, trained, home)


def score(
    config: inference_config.EvaluateConfig | finetune_config.FinetuneConfig,
    strategy: tf.distribute.Strategy,
    datas: Sequence[task_data.TaskData],
    model: multitask.MultitaskModel,
    output_dir: str | None = None,
    checkpoint: str | None = None,
) -> dict[str, float]:
    """Computes the metrics of a model.

    Args:
        config: the workflow's settings.
        strategy: the devices of the model.
        datas: the data of each task.
        model: an encoder with the head of each task.
        output_dir, checkpoint: as in `evaluation.score`.
    """
    return evaluation.score(
        strategy,
        model.predict,
        datas,
        batch_size=config.eval_batch_size,
        threshold=config.null_score_threshold,
        output_dir=output_dir,
        checkpoint=checkpoint,
        explain=explanations.of(model) if output_dir else None,
    )


def record(
    strategy: tf.distribute.Strategy,
    trained: trained_model.TrainedModel,
    home: str,
    *,
    is_training: bool = False,
    **exits: float | None,
) -> EvaluateResult:
    """Evaluates a model, and writes the metrics.

    Args:
        strategy: the devices of the model.
        trained: the model.
        home: the run's folder.
        is_training: whether this is the evaluation at the end of training. Its
            results are written into the run's folder itself, unless there are
            results for other rows.
        **exits: as in `recorded.describe`.
    """
    config = trained.config
    assert isinstance(
        config, inference_config.EvaluateConfig | finetune_config.FinetuneConfig
    )
    described = folder = checkpoint = None
    if distribution.is_chief(strategy):
        described, folder = _described(trained, home, is_training, exits)
        checkpoint = described["checkpoint"]
    metrics = score(
        config,
        strategy,
        trained.datas,
        trained.model,
        folder,
        checkpoint,
    )
    if folder is None or described is None:
        return EvaluateResult(None, metrics, "")
    for data in trained.datas:
        if data.kind.has_windows and data.task.unanswerable:
            assert trained.path is not None
            _keep_threshold(home, trained.path, data, folder == home)
    evaluation_files.write(folder, described, metrics)
    page = report_page.write(folder)
    tables = printed_results.text(folder, trained.datas)
    return EvaluateResult(folder, metrics, f"{tables}Page: {page}\n", page)


def _described(
    trained: trained_model.TrainedModel,
    home: str,
    is_training: bool,
    exits: dict[str, float | None],
) -> tuple[dict[str, Any], str]:
    """The description of an evaluation, and the folder for its results."""
    read = [
        (data, [data.get(name).split for name in data.evaluation_splits])
        for data in trained.datas
    ]
    for data, found in read:
        for split in found:
            # A missing column is reported before anything is predicted.
            group_columns.read(data, split)
    described = recorded.describe(trained, read, home, **exits)
    own = os.path.join(home, evaluation_files.EVALUATION_FILE)
    if is_training and recorded.is_of_same_data(own, described):
        return described, home
    name = evaluation_files.name(described)
    return described, os.path.join(home, evaluation_files.EVALUATIONS, name)


def _keep_threshold(
    home: str, path: str, data: task_data.TaskData, is_runs_own: bool
) -> None:
    """Saves the threshold beside the model, unless training has saved one."""
    stored = saved_tasks.read(home).of(data.task).get("null_score_threshold")
    is_own = trained_model.home_of(path).startswith(os.path.normpath(home))
    if is_own and (is_runs_own or stored is None):
        for place in ("", checkpoints.BEST_FOLDER):
            saved_tasks.write_threshold(
                os.path.join(home, place), data.task, data.threshold
            )
        logging.info(
            "Questions of %s count as unanswerable above a null score of %.4f,"
            " which is saved with the model.",
            data.task.name,
            data.threshold,
        )
    elif stored is not None:
        logging.info(
            "The best null score threshold for these questions is %.4f. The "
            "model keeps %.4f; --null_score_threshold overrides it.",
            data.threshold,
            stored,
        )
