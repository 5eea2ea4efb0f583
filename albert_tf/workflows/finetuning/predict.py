"""albert_tf.predict: predictions of a trained model for files and texts."""

import contextlib
import dataclasses
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.finetuning import recorded
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.io import outputs
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import given_texts
from data_pipeline.tasks.data import split_checks
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.readers import json_rows
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import predicted_rows
from data_pipeline.tasks.results import prediction_output
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

STDIN = "-"
# Settings that name the data to predict.
_PLACES = ("data_dir", "predict_file", "tfds")


class PredictedPart(NamedTuple):
    """The predictions for one file, or for the texts of the config.

    Attributes:
        task: the name of its task.
        rows: one row for each input, in order: the text, the prediction, its
            probability, and the label if there is one. The prediction of a
            skipped row is None.
        path: the file that they were written to; None if they were not written.
        are_texts: whether the config contains the texts themselves.
    """

    task: str
    rows: list[dict[str, Any]]
    path: str | None
    are_texts: bool


class PredictResult(NamedTuple):
    """The predictions of a model.

    Attributes:
        parts: the predictions for each file; empty on all machines but the
            first.
    """

    parts: tuple[PredictedPart, ...]

    @property
    def predictions(self) -> list[dict[str, Any]]:
        """The rows of all parts, one after another."""
        return [row for part in self.parts for row in part.rows]

    @property
    def path(self) -> str | None:
        """The file with the first part; None if it was not written."""
        return self.parts[0].path if self.parts else None


def predict(config: inference_config.PredictConfig) -> PredictResult:
    """Predicts a file or texts with a trained model.

    The task, the columns and the lengths are those that the model was trained
    with, unless the config gives others. Predictions for a file are also
    written to a file.

    Args:
        config: the settings of the prediction.
    Returns:
        The predictions, and the files that they were written to.
    Raises:
        ValueError: settings, data and weights do not fit together, or a row
            cannot be used.
        FileNotFoundError: data or weights are missing.
        FileExistsError: `output` exists.

    Example:
        >>> config = albert_tf.PredictConfig(
        ...     checkpoint="run", text=("A great film.",)
        ... )
        >>> albert_tf.predict(config).predictions  # doctest: +SKIP
        [{'index': 0, 'text': 'A great film.', 'prediction': '1', ...}]
    """
    are_texts = given_texts.check(config, config.file)
    config = named_models.fetched(config)
    path = run_checkpoint.find(config.checkpoint, config.which)
    if not are_texts:
        named_models.check_output(config, path, "output")
    home = trained_model.home_of(config.checkpoint)
    _check_output(config.output, home, are_texts)
    with _as_file(config.file) as file:
        if file:
            config = dataclasses.replace(config, predict_file=file)
        config = remembered.take(
            config,
            saved_tasks.folder_of(config.checkpoint),
            () if file or are_texts else _PLACES,
        )
        tasks = trained_model.tasks(config, path)
        given = "a text" if are_texts else config.file
        trained_model.check_one_task(tasks, given or config.output)
        if are_texts:
            saved = saved_tasks.read(saved_tasks.folder_of(path))
            given_texts.check_kind(config, tasks[0].kind, saved.of(tasks[0]))
        else:
            split_checks.check_splits(config, tasks, predicts=True)
        with devices.used(config) as strategy:
            return _predict(config, strategy, path, home, tasks, are_texts)


def _predict(
    config: inference_config.PredictConfig,
    strategy: tf.distribute.Strategy,
    path: str,
    home: str,
    tasks: list[table.Task],
    are_texts: bool,
) -> PredictResult:
    distribution.check_batch_size(
        "predict_batch_size",
        config.predict_batch_size,
        strategy.num_replicas_in_sync,
    )
    start = starting_point.of_weights(config, path, tasks[0].name)
    trained = trained_model.load(config, strategy, tasks, start)
    predicted = []
    for data in trained.datas:
        if are_texts:
            found = [given_texts.split(config, data)]
        else:
            found = [
                data.to_predict(name)
                for name in data.test_splits
                if data.exists(name)
            ]
        for part in found:
            rows = _rows(strategy, trained, config, data, part)
            if not distribution.is_chief(strategy):
                continue
            output = config.output
            if not are_texts and not output:
                name = "stdin" if config.file == STDIN else None
                output = _path(trained, data, part, home, name)
            if output:
                prediction_output.write(output, rows)
            predicted.append(
                PredictedPart(data.task.name, rows, output, are_texts)
            )
    return PredictResult(tuple(predicted))


def _rows(
    strategy: tf.distribute.Strategy,
    trained: trained_model.TrainedModel,
    config: inference_config.PredictConfig,
    data: task_data.TaskData,
    part: splits.Split,
) -> list[dict[str, Any]]:
    encoded = data.encode(part)
    threshold = config.null_score_threshold
    return predicted_rows.of(
        data,
        encoded,
        evaluation.predictions_of(
            strategy,
            trained.model.predict,
            data,
            encoded,
            config.predict_batch_size,
        ),
        data.threshold if threshold is None else threshold,
    )


def _path(
    trained: trained_model.TrainedModel,
    data: task_data.TaskData,
    part: splits.Split,
    home: str,
    name: str | None,
) -> str:
    """The path of the predictions for a split, with a name of their own."""
    described = recorded.describe(trained, [(data, [part])], home)
    if name:
        described["data"][data.task.name][0]["file"] = name
    folder = os.path.join(home, recorded.PREDICTIONS)
    outputs.check_folder(folder, "--output")
    return os.path.join(folder, f"{evaluation_files.name(described)}.jsonl")


def _check_output(output: str | None, home: str, are_texts: bool) -> None:
    if output:
        prediction_output.check(output)
        outputs.check_new(output, "--output")
    elif not are_texts:
        outputs.check_folder(
            os.path.join(home, recorded.PREDICTIONS), "--output"
        )


@contextlib.contextmanager
def _as_file(file: str | None) -> Iterator[str | None]:
    """Yields the path of a file; standard input is first copied to a file."""
    if file != STDIN:
        yield file
        return
    content = sys.stdin.buffer.read()
    is_json = json_rows.begins(content[:1000].decode("utf-8", "replace"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stdin" + (".json" if is_json else ".txt"))
        with open(path, "wb") as copy:
            copy.write(content)
        yield path


def write_parts(
    strategy: tf.distribute.Strategy,
    trained: trained_model.TrainedModel,
    home: str,
    **exits: float | None,
) -> tuple[str, ...]:
    """Predicts the unlabeled data of tasks, in the formats of benchmarks.

    Args:
        strategy: the devices of the model.
        trained: the model.
        home: the run's folder.
        **exits: as in `recorded.describe`.
    Returns:
        The folder with the files of each task; empty on all machines but the
        first.
    """
    config = trained.config
    assert isinstance(
        config, inference_config.PredictConfig | finetune_config.FinetuneConfig
    )
    folders = []
    for data in trained.datas:
        if data.task.submission:
            # Benchmarks have no name for none of these.
            data.calibration = None
        described = folder = None
        if distribution.is_chief(strategy):
            found = [
                data.get(name, labelled=False).split
                for name in data.test_splits
                if data.exists(name)
            ]
            described = recorded.describe(
                trained, [(data, found)], home, **exits
            )
            folder = recorded.prediction_folder(
                evaluation.folder_of(home, trained.datas, data), described
            )
        evaluation.predict_tests(
            strategy,
            trained.model.predict,
            data,
            batch_size=config.predict_batch_size,
            threshold=config.null_score_threshold,
            folder=folder,
        )
        if folder and described:
            run_folder.write_json(
                os.path.join(folder, recorded.PREDICTION_FILE), described
            )
            folders.append(folder)
    return tuple(folders)
