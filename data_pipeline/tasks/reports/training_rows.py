"""The rows that a model was trained on, to compare it with."""

import os
from typing import Any

from absl import logging

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.data import task_data


def read(
    data: task_data.TaskData,
) -> tuple[splits.Split | None, dict[str, Any]]:
    """The training split, if it is compared with and can still be read.

    Returns:
        The split, or None; and its file and rows, each None if unknown.
    """
    unknown: dict[str, Any] = {"file": None, "rows": None}
    if data.kind.guesses is None:
        return None, unknown
    split = data.train
    if split is None:
        source = data.training_source
        is_known = (
            "train" in source.files
            if (data.task.name == table.CUSTOM)
            else split_files.exists(data.task, "train", source)
        )
        if not is_known:
            return None, unknown
        try:
            split = split_files.read(
                data.task,
                "train",
                source,
                labelled=True,
                labels=data.labels,
                scheme=data.scheme if data.labels else None,
            )
        except (OSError, ValueError) as error:
            logging.warning(
                "The training data must be readable to compare the model with "
                "baselines and to find duplicates. Received: %s",
                error,
            )
            return None, unknown
    rows = sum(example is not None for example in split.examples)
    return split, {
        "file": os.path.basename(os.path.normpath(split.path)),
        "rows": rows,
    }
