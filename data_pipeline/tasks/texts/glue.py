"""Reads the GLUE tasks, from their official TSV folders or from TFDS."""

import math
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines

# TFDS' names of the splits whose files have other names.
_TFDS_SPLITS = {
    "dev": "validation",
    "dev_matched": "validation_matched",
    "dev_mismatched": "validation_mismatched",
}


def read(
    task: table.Task,
    path: str,
    problems: row_problems.Problems,
    *,
    labelled: bool = True,
) -> list[example_types.TextExample | None]:
    """The rows of a file; None for a skipped one.

    The official files end in .tsv. Any other file that tables.rows can read
    must have the same column names.

    Args:
        task: a GLUE task of the table.
        path: path of the file.
        problems: reports malformed rows.
        labelled: whether to read labels, which are then required.
    Raises:
        ValueError: a column is missing.
    """
    needed = [*task.columns, *([task.label_column] if labelled else [])]
    ending = text_lines.ending(path)
    is_official = ending in delimited.TABS
    header = not (
        is_official and task.unnamed_columns and _lacks_header(path, task)
    )
    rows = tables.rows(
        path,
        problems,
        () if is_official else needed,
        header=header,
        # Naming the delimiter makes quotes ordinary characters.
        delimiter="tab" if is_official else None,
    )
    found: list[example_types.TextExample | None] = []
    is_checked = False
    for place, row in rows:
        if row is None:
            found.append(None)
            continue
        if not header:
            row = dict(zip(task.unnamed_columns, row.values(), strict=False))
        if not is_checked:
            _check_columns(task, path, row, needed)
            is_checked = True
        label = row.get(task.label_column) if labelled else None
        if labelled and label is None:
            label = ""  # which no task has
        texts = tuple(row.get(column) for column in task.columns)
        identity = row.get("index") or row.get("id") or str(len(found))
        found.append(
            _example(task, identity, texts, label, (path, place), problems)
        )
    problems.close(path, len(found))
    return found


def read_tfds(
    task: table.Task,
    split: str,
    problems: row_problems.Problems,
    *,
    data_dir: str | None = None,
    labelled: bool = True,
) -> list[example_types.TextExample | None]:
    """The rows of a split in TFDS, in the order of its idx.

    Args:
        task: a GLUE task of the table.
        split: name of the split, as files are named.
        problems: reports malformed rows.
        data_dir: TFDS' folder; None: its default.
        labelled: whether to read labels.
    Raises:
        ImportError: the extra `tfds` is not installed.
    """
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        raise ImportError(
            "TensorFlow Datasets must be installed to use --tfds. Run pip "
            "install 'albert_tf[tfds]'."
        ) from None
    split = _TFDS_SPLITS.get(split, split)
    name = f"glue/{task.tfds or task.name}"
    dataset, info = tfds.load(
        name, split=split, data_dir=data_dir, with_info=True
    )
    label_names = getattr(info.features["label"], "names", None)
    rows = sorted(tfds.as_numpy(dataset), key=lambda row: int(row["idx"]))
    found = []
    for row in rows:
        label = row["label"].item() if labelled else None
        if label is not None and label_names:
            is_named = sorted(label_names) == sorted(task.labels)
            label = label_names[label] if is_named else str(label)
        found.append(
            _example(
                task,
                str(row["idx"]),
                tuple(
                    row[column].decode()
                    for column in task.tfds_columns or task.columns
                ),
                label,
                (f"{name}, {split}", f"idx {row['idx']}"),
                problems,
            )
        )
    problems.close(f"{name}, {split}", len(found))
    return found


def _example(
    task: table.Task,
    identity: object,
    texts: tuple[Any, ...],
    label: Any,
    where: tuple[str, int | str],
    problems: row_problems.Problems,
) -> example_types.TextExample | None:
    path, place = where
    if not all(isinstance(text, str) and text.strip() for text in texts):
        rule = "Each text must be a non-empty string."
        problems.add(path, place, rule, texts)
        return None
    if label is not None and not task.labels:
        try:
            label = float(str(label))
        except ValueError:
            pass
        if not isinstance(label, float) or not math.isfinite(label):
            rule = "A score must be a finite number."
            problems.add(path, place, rule, label)
            return None
    elif label is not None:
        label = str(label) if type(label) is int else label
        if label not in task.labels:
            rule = f"A label must be one of {', '.join(task.labels)}."
            problems.add(path, place, rule, label)
            return None
    return example_types.TextExample(str(identity), texts, label)


def _lacks_header(path: str, task: table.Task) -> bool:
    with files.open(path, "rb") as file:
        first = file.readline().decode("utf-8", "replace").strip().split("\t")
    return not set(task.columns) <= set(first)


def _check_columns(
    task: table.Task, path: str, row: dict[str, Any], needed: list[str]
) -> None:
    missing = [column for column in needed if column not in row]
    if missing:
        raise ValueError(
            f"{path}, line 1: the header of {task.name} must name "
            f"{', '.join(needed)}. Received: {column_names.listed(list(row))}, "
            f"without {', '.join(missing)}. Use the official file."
        )
