"""Reads data to predict, with its labels if the file has any."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.texts import plain_texts


def read(
    task: table.Task,
    name: str,
    source: splits.DataSource,
    *,
    labels: Sequence[str],
    scheme: str | None,
) -> splits.Split:
    """Reads a split to predict; examples have labels if these can be used.

    Rows whose label is missing or unknown to the model are predicted without
    one; a log line counts them.

    Args: as in `split_files.read`.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a text cannot be used, and rows are not to be skipped.
    """
    path = source.files.get(name)
    of_line = kinds.of(task).of_line
    if path and of_line and plain_texts.are_in(task, path, source.columns):
        return plain_texts.read(path, name, source, of_line)
    plain = split_files.read(task, name, source, labelled=False)
    if not _has_labels(task, path or plain.path, source):
        return plain
    silent = dataclasses.replace(source, on_bad_row=row_problems.IGNORE)
    try:
        full = split_files.read(
            task, name, silent, labelled=True, labels=labels, scheme=scheme
        )
    except ValueError as error:
        logging.warning("The labels of %s are ignored. %s", plain.path, error)
        return plain
    pairs = list(zip(plain.examples, full.examples, strict=True))
    lost = sum(one is not None and other is None for one, other in pairs)
    if lost:
        logging.warning(
            "%d of %d rows of %s have no label, or one that the model does "
            "not know; they are predicted without it.",
            lost,
            len(pairs),
            plain.path,
        )
    return dataclasses.replace(
        full,
        examples=[one and (other or one) for one, other in pairs],
        ids=plain.ids,
    )


def _has_labels(task: table.Task, path: str, source: splits.DataSource) -> bool:
    if source.tfds:
        return False
    return kinds.of(task).has_labels(task, path, source.columns)
