"""albert_tf.calibrate: fits and saves the calibration of a trained model."""

import dataclasses
import os
from typing import Any
from typing import NamedTuple

from albert_tf import plots
from albert_tf.exporting import fingerprints
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.workflows.calibration import reliability_plot
from albert_tf.workflows.calibration import tables
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.common.heads import own_calibration
from albert_tf.workflows.configs import inference as inference_config
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import fit
from data_pipeline.tasks.calibration import halves
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import split_checks
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

FOLDER = "calibration"
REPORT_FILE = "calibration.json"
_PLACES = ("data_dir", "train_file", "eval_file", "eval_fraction", "tfds")
_KINDS = ("classification", "multilabel")


class CalibrateResult(NamedTuple):
    """The calibration of a model.

    Attributes:
        folder: the folder with the measurements, and with a reliability diagram
            if matplotlib is installed; None on all machines but the first.
        saved_in: the folder of the task.json that keeps the calibration.
        before, after: measurements by name, without the calibration and with
            it, on rows that it was not fitted to.
        table: the same as text.
    """

    folder: str | None
    saved_in: str
    before: dict[str, float]
    after: dict[str, float]
    table: str


def calibrate(config: inference_config.CalibrateConfig) -> CalibrateResult:
    """Calibrates a trained model on labeled data.

    The calibration is saved in the task.json beside the weights, from where
    evaluations, predictions, predictors and exports take it. An earlier one is
    replaced. Each half of the data is measured with what was fitted to the
    other half; what is saved is fitted to all of it.

    Args:
        config: the settings of the calibration.
    Returns:
        The measurements before and after.
    Raises:
        ValueError: the model has no probabilities to calibrate, or there are
            too few rows, or rows of one class only.
        FileNotFoundError: data or weights are missing.

    Example:
        >>> config = albert_tf.CalibrateConfig(
        ...     checkpoint="run", file="dev.csv", coverage=0.9
        ... )
        >>> result = albert_tf.calibrate(config)  # doctest: +SKIP
        >>> result.after["expected_calibration_error"]  # doctest: +SKIP
        0.0184
    """
    _check_shares(config)
    path = run_checkpoint.find(config.checkpoint, config.which)
    saved_in = saved_tasks.folder_of(path)
    home = config.output_dir or trained_model.home_of(config.checkpoint)
    folder = os.path.join(home, FOLDER)
    outputs.check_folder(folder, "--output_dir")
    config = dataclasses.replace(
        config, output_dir=home, eval_file=config.file or config.eval_file
    )
    config = remembered.take(
        config,
        saved_tasks.folder_of(config.checkpoint),
        () if config.file else _PLACES,
    )
    task = _task(config, path, saved_in)
    with devices.used(config) as strategy:
        distribution.check_batch_size(
            "eval_batch_size",
            config.eval_batch_size,
            strategy.num_replicas_in_sync,
        )
        start = starting_point.of_weights(config, path, task.name)
        trained = trained_model.load(config, strategy, [task], start)
        (data,) = trained.datas
        # Without an earlier calibration; its reader knows the label.
        data.calibration = calibrations.Calibration(
            none_label=config.none_label
        )
        encoded = data.get(data.evaluation_splits[0])
        predictions = evaluation.predictions_of(
            strategy,
            trained.model.predict,
            data,
            encoded,
            config.eval_batch_size,
        )
        found = fit.fit(
            _rows(encoded, predictions),
            data.labels,
            fit.Options(
                coverage=config.coverage,
                none_label=config.none_label,
                none_share=config.none_of_these,
            ),
        )
        result = CalibrateResult(
            folder, saved_in, found.before, found.after, tables.text(found)
        )
        if not distribution.is_chief(strategy):
            return result._replace(folder=None)
        _write(trained, data, encoded, found, result)
    return result


def _check_shares(config: inference_config.CalibrateConfig) -> None:
    for name in ("coverage", "none_of_these"):
        value = getattr(config, name)
        if value is not None and not 0 < value < 1:
            raise ValueError(
                f"--{name} must be above 0 and below 1. Received: {value:g}. "
                "Choose another share, or leave it out."
            )


def _task(
    config: inference_config.CalibrateConfig, path: str, saved_in: str
) -> table.Task:
    """The task to calibrate, whose task.json exists."""
    tasks = trained_model.tasks(config, path)
    trained_model.check_one_task(tasks, "a calibration")
    (task,) = tasks
    if task.kind not in _KINDS:
        raise ValueError(
            "Calibration must be of a model that chooses classes of a text: "
            f"one of the kinds {', '.join(_KINDS)}. Received: a model for "
            f"{task.name}, whose kind is {task.kind}."
        )
    if task.name not in saved_tasks.read(saved_in).tasks:
        raise ValueError(
            "A calibration must be saved in the task.json beside the model, "
            f"under the task's name. Received: {saved_in} without an entry for "
            f"{task.name}. Name the task that it was trained for with "
            "--task_name, or fine-tune it with albert-tf finetune."
        )
    split_checks.check_splits(config, tasks, evaluates=True, predicts=False)
    return task


def _rows(
    encoded: task_kind.Encoded, predictions: task_kind.Predictions
) -> fit.Rows:
    split, features = encoded
    label = features.labels["label"]
    return fit.Rows(
        logits=predictions.outputs["logits"],
        gold=label > 0.5 if label.ndim == 2 else label,
        places=halves.places(
            split.examples[number].held_together
            for number in features.example.tolist()
        ),
    )


def _write(
    trained: trained_model.TrainedModel,
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    found: fit.Fitted,
    result: CalibrateResult,
) -> None:
    """Saves the calibration, its measurements and the diagram."""
    assert trained.path is not None and result.folder is not None
    split = encoded.split
    about: dict[str, Any] = {
        own_calibration.WEIGHTS: fingerprints.of_weights(
            trained.model.models[data.task.name]
        ),
        "data": {
            "file": os.path.basename(os.path.normpath(split.path)),
            "part": split.name,
            "sha256": encode.fingerprint(split.examples)[
                : evaluation_files.HASH_DIGITS
            ],
            "rows": len(encoded.features.example),
        },
        "before": found.before,
        "after": found.after,
    }
    files.make_folder(result.folder)
    run_folder.write_json(
        os.path.join(result.folder, REPORT_FILE),
        {**about, "bins": found.bins, "notes": list(found.notes)},
    )
    if plots.is_drawable():
        reliability_plot.draw(
            found.bins,
            os.path.join(result.folder, reliability_plot.FILE_NAME),
            may_have_several=bool(found.calibration.label_maps),
        )
    saved_tasks.write_calibration(
        result.saved_in,
        data.task.name,
        dataclasses.replace(found.calibration, about=about),
    )
