"""Whether the data that a command needs is there, before it does any work."""

from collections.abc import Iterable
from collections.abc import Sequence

from data_pipeline import files
from data_pipeline.tasks import held_out
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks import task_data


def check_files(source: parts.Source, names: Iterable[str]) -> None:
    """Raises FileNotFoundError where a flag names a file that is not there."""
    for name in names:
        path = source.files.get(name)
        if path and not files.exists(path):
            raise FileNotFoundError(
                f"--{parts.flag_of(name)} must name a file. Received: {path}, "
                "which does not exist. Check the path."
            )


def check_evaluation(
    task: table.Task, source: parts.Source, names: Sequence[str]
) -> None:
    """Whether there is each part to evaluate on.

    Args:
        names: of the parts.
    Raises:
        FileNotFoundError: one is missing.
        ValueError: the task has none.
    """
    if not names:
        raise ValueError(
            f"The data to evaluate {task.name} on must have labels. Received: "
            "--do_eval, and no labels. Use --do_predict."
        )
    missing = [name for name in names if not parts.exists(task, name, source)]
    if missing and held_out.NAME not in missing:
        where = "no --eval_file"
        if source.data_dir and task.name != table.CUSTOM:
            where += f", and --data_dir={source.data_dir} without it"
        raise FileNotFoundError(
            f"There must be data to evaluate {task.name} on: "
            f"{', '.join(missing)}. Received: {where}. Name a file with "
            "--eval_file, or hold out a tenth of the training rows with "
            "--eval_fraction=0.1."
        )


def check_prediction(
    task: table.Task, source: parts.Source, names: Sequence[str]
) -> None:
    """Raises FileNotFoundError unless there is one of the parts to predict."""
    if not any(parts.exists(task, name, source) for name in names):
        where = " or ".join(names)
        raise FileNotFoundError(
            "There must be data to predict. Received: no file, and no "
            f"{where} of {task.name} in --data_dir. Name a file."
        )


def check_rows(
    data: task_data.TaskData, evaluates: bool, predicts: bool
) -> None:
    """Reads what a run evaluates on and predicts at its end, for its errors.

    Args:
        evaluates: whether there are labelled parts; these are kept.
        predicts: whether to read the parts to predict; these are not kept.
    """
    for name in data.evaluation_parts if evaluates else ():
        data.get(name)
    for name in data.test_parts if predicts else ():
        if data.exists(name):
            data.check(name, labelled=False)
