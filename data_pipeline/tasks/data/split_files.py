"""Reads the splits of a task's data from where a source says they are."""

import dataclasses
import os
from collections.abc import Sequence

from data_pipeline.io import files
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.data import held_out
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
        task: of the table, or a user's own.
        name: of the split, such as train or dev_matched.
        source: where it is.
        labelled: whether labels are wanted; there must be some then.
        labels: those that the model knows; () for any.
        scheme: of the tags that the model was trained on; None to find it out.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row is bad, and bad rows stop.
    """
    if not source.eval_fraction or name not in ("train", held_out.NAME):
        return _read(task, name, source, labelled, labels, scheme)
    whole = _read(task, "train", source, True, labels, scheme)
    train, held = held_out.split(task, whole, source.eval_fraction)
    if name == "train":
        return train
    held_out.log(train, held, source.eval_fraction)
    return held


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
                "Data of your own must be in files. Received: none for "
                f"{name}. Name it with --{splits.flag_of(name)}."
            )
        columns = dataclasses.replace(source.columns, labelled=labelled)
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
            f"There must be examples to read. Received: {path}, without one "
            "that can be used."
        )
    classes = source.columns.label_columns if source.columns else ()
    return splits.Split(name, path, examples, ids, scheme or "none", classes)


def exists(task: table.Task, name: str, source: splits.DataSource) -> bool:
    """Whether there is such a split."""
    if name == held_out.NAME:
        return bool(source.eval_fraction) and exists(task, "train", source)
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
    """The file of a split, in data_dir or in the task's folder of it; for a
    task with a folder for each split, that folder, whether or not it is there.

    Raises:
        FileNotFoundError: it is in neither.
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
        f"--data_dir{where}. "
        f"Received: --data_dir={data_dir}, without it. Name another file with "
        f"--{splits.flag_of(name)}."
    )


def _folder(task: table.Task, source: splits.DataSource) -> str:
    if not source.data_dir:
        raise ValueError(
            f"The data of {task.name} must be in a folder. Received: no "
            "--data_dir. Name the folder."
        )
    return source.data_dir
