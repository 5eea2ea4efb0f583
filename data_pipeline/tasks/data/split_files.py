"""Reads the splits of a task's data from files and folders."""

import dataclasses
import os
from collections.abc import Sequence

from data_pipeline.io import files
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.partitions import folds
from data_pipeline.tasks.partitions import held_out
from data_pipeline.tasks.texts import glue


def read(
    task: table.Task,
    name: str,
    source: splits.DataSource,
    *,
    labelled: bool,
    labels: Sequence[str] = (),
    scheme: str | None = None,
) -> splits.Split:
    """Reads a split.

    Args:
        task: a task of the table, or a user's own.
        name: name of the split, such as train or dev_matched.
        source: where the task's data is.
        labelled: whether to read labels, which are then required.
        labels: the labels that the model knows; (): any.
        scheme: the tagging scheme of the model's training data; None: find
            out.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row is malformed, and rows are not to be skipped.
    """
    if not source.holds_out or name not in ("train", held_out.NAME):
        return _read(task, name, source, labelled, labels, scheme)
    whole = _read(task, "train", source, True, labels, scheme)
    train, held, what = _divided(task, whole, source)
    if name == "train":
        return train
    held_out.log(train, held, what)
    return held


def _divided(
    task: table.Task, whole: splits.Split, source: splits.DataSource
) -> tuple[splits.Split, splits.Split, str]:
    """The rows to train on, those held out, and the setting that says so."""
    if source.folds:
        return (
            *folds.split(task, whole, source.folds, source.fold),
            f"Fold {source.fold} of {source.folds}",
        )
    assert source.eval_fraction is not None
    return (
        *held_out.split(task, whole, source.eval_fraction),
        f"--eval_fraction={source.eval_fraction:g}",
    )


def _read(
    task: table.Task,
    name: str,
    source: splits.DataSource,
    labelled: bool,
    labels: Sequence[str],
    scheme: str | None,
) -> splits.Split:
    problems = row_problems.Problems(source.on_bad_row)
    kind = kinds.of(task)
    path = source.files.get(name)
    ids: list[str | None] = []
    if task.name == table.CUSTOM:
        if not path:
            raise ValueError(
                f"Your own data must be in files. Received: no {name} file. "
                f"Name it with --{splits.flag_of(name)}."
            )
        if source.columns is None:
            raise ValueError(
                f"The columns of {path} must be known. Received: None. Give "
                "DataSource `columns`."
            )
        columns = dataclasses.replace(
            source.columns,
            labelled=labelled,
            weight=source.columns.weight if name == "train" else None,
        )
        examples = custom.read(path, problems, columns, labels or None, ids)
    elif source.tfds and not path:
        path = f"TFDS glue/{task.tfds or task.name}"
        examples = glue.read_tfds(
            task, name, problems, data_dir=source.data_dir, labelled=labelled
        )
    else:
        if task.is_folder or not path:
            path = path_of(task, name, _folder(task, source))
        examples = kind.read_official(
            task, path, problems, source, labelled, ids
        )
    if labelled:
        examples, scheme = kind.normalized(
            examples, path, problems, labels, scheme
        )
    ids = ids or [example and example.id for example in examples]
    if not any(example is not None for example in examples):
        raise ValueError(
            "A file must have at least one usable example. Received: "
            f"{path}, which has none."
        )
    classes = source.columns.label_columns if source.columns else ()
    return splits.Split(name, path, examples, ids, scheme or "none", classes)


def exists(task: table.Task, name: str, source: splits.DataSource) -> bool:
    """Whether a task's data has this split."""
    if name == held_out.NAME:
        return source.holds_out and exists(task, "train", source)
    if name in source.files or source.tfds:
        return True
    if not source.data_dir or task.name == table.CUSTOM:
        return False
    if task.is_folder:
        return files.is_folder(path_of(task, name, source.data_dir))
    try:
        path_of(task, name, source.data_dir)
    except FileNotFoundError:
        return False
    return True


def path_of(task: table.Task, name: str, data_dir: str) -> str:
    """The file of a split, in data_dir or in the task's folder in it; for a
    task with a folder for each split, that folder, even if it does not exist.

    Raises:
        FileNotFoundError: there is no such file in either.
    """
    if task.is_folder:
        return os.path.join(data_dir, name)
    names = task.files.get(name, (f"{name}.tsv",))
    for place in (data_dir, os.path.join(data_dir, task.folder)):
        for file in names:
            path = os.path.join(place, file)
            if files.exists(path):
                return path
    where = task.folder and f", or in its folder {task.folder}"
    raise FileNotFoundError(
        f"The split {name} of {task.name} must be {' or '.join(names)} in "
        f"--data_dir{where}. Received: --data_dir={data_dir}, which does not "
        f"have it. Name another file with --{splits.flag_of(name)}."
    )


def _folder(task: table.Task, source: splits.DataSource) -> str:
    if not source.data_dir:
        raise ValueError(
            f"The data of {task.name} must be in a folder. Received: no "
            "--data_dir. Name the folder with --data_dir."
        )
    return source.data_dir
