"""Checks that a command's data exists, before it does any work."""

from collections.abc import Sequence

from data_pipeline.io import files
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import group_columns
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.partitions import held_out


def check_splits(
    config: task_config.DataConfig,
    tasks: Sequence[table.Task],
    *,
    trains: bool = False,
    evaluates: bool = False,
    predicts: bool = False,
) -> None:
    """Checks that the data of a config exists.

    Raises:
        FileNotFoundError: a file or split is missing.
        ValueError: a task to evaluate has no labels, such as ax.
    """
    used = {"train": trains, "dev": trains or evaluates, "test": predicts}
    for task in tasks:
        source = from_config.source(config, task)
        for name, is_used in used.items():
            if is_used:
                _check_file(source, name)
        if evaluates:
            _check_evaluation(config, task, source, trains)
        if predicts:
            _check_prediction(config, task, source)


def check_rows(
    data: task_data.TaskData, evaluates: bool, predicts: bool
) -> None:
    """Reads the data that a run evaluates on and predicts at its end, so that
    malformed rows and missing columns are reported before training.

    Args:
        evaluates: whether to read the splits to evaluate on.
        predicts: whether to read the splits to predict.
    """
    for name in data.evaluation_splits if evaluates else ():
        split = data.check(name, labelled=True)
        group_columns.read(data, split)
    for name in data.test_splits if predicts else ():
        if data.exists(name):
            data.check(name, labelled=False)


def _check_file(source: splits.DataSource, name: str) -> None:
    path = source.files.get(name)
    if path and not files.exists(path):
        raise FileNotFoundError(
            f"--{splits.flag_of(name)} must name an existing file. Received: "
            f"{path}, which does not exist. Check the path."
        )


def _check_evaluation(
    config: task_config.DataConfig,
    task: table.Task,
    source: splits.DataSource,
    trains: bool,
) -> None:
    names = from_config.evaluation_splits(config, task)
    if not names:
        raise ValueError(
            f"The data to evaluate {task.name} on must have labels. Received: "
            "a task without labeled data. Predict it instead."
        )
    missing = [
        name for name in names if not split_files.exists(task, name, source)
    ]
    if missing and missing != [held_out.NAME]:
        hold_out = (
            ", or hold out a tenth of the training rows with "
            "--eval_fraction=0.1"
        )
        raise FileNotFoundError(
            f"There must be data to evaluate {task.name} on. Received: no "
            f"--eval_file{_without(task, source, missing)}. Name a file"
            f"{hold_out if trains else ''}."
        )


def _check_prediction(
    config: task_config.DataConfig, task: table.Task, source: splits.DataSource
) -> None:
    names = from_config.test_splits(config, task)
    if not any(split_files.exists(task, name, source) for name in names):
        raise FileNotFoundError(
            f"There must be data to predict for {task.name}. Received: no "
            f"--predict_file{_without(task, source, names)}. Name a file."
        )


def _without(
    task: table.Task, source: splits.DataSource, names: Sequence[str]
) -> str:
    if task.name == table.CUSTOM:
        return ""
    if not source.data_dir:
        return ", and no --data_dir"
    return f", and --data_dir={source.data_dir} without {', '.join(names)}"
