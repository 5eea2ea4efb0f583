"""The calibration of a model, if it belongs to the model's weights."""

from typing import Any

import keras
from absl import logging

from albert_tf.exporting import fingerprints
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import saved_tasks

# The weights that a calibration is about.
WEIGHTS = "weights"


def of(
    model: keras.Model, saved: known_tasks.KnownTasks, task: table.Task
) -> calibrations.Calibration | None:
    """The calibration beside a model, or None.

    A calibration that was fitted for other weights, such as those of an earlier
    checkpoint in the same folder, is not used, and a warning says so.

    Args:
        model: the model, with its weights.
        saved: the tasks according to the files beside it.
        task: the task that the model is used for.
    """
    found = saved.calibration(task)
    if found is None:
        return None
    if found.about.get(WEIGHTS) != fingerprints.of_weights(model):
        logging.warning(
            "The calibration of %s belongs to other weights and is not used. "
            "Calibrate this model with albert-tf calibrate.",
            task.name,
        )
        return None
    return found


def kept(folder: str, task: table.Task) -> dict[str, Any]:
    """The calibration in a folder's task.json, for a run that writes the file
    again, by its key; {} if there is none.

    After further training it belongs to other weights, as `of` finds out.
    """
    row = saved_tasks.read(folder).of(task)
    if calibrations.KEY not in row:
        return {}
    return {calibrations.KEY: row[calibrations.KEY]}
