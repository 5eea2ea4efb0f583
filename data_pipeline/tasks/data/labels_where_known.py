"""Reads what is to be predicted, with labels where the file has some."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.readers import custom
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import plain_texts
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines
from data_pipeline.tasks.spans import squad_layouts
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_layouts
from data_pipeline.tasks.tags import entity_spans


def read(
    task: table.Task,
    name: str,
    source: parts.Source,
    *,
    labels: Sequence[str],
    scheme: str | None,
) -> parts.Part:
    """A part whose examples have a label where there is a usable one.

    A label that is missing, or that the model does not know, does not keep a
    row from being predicted: a log line counts such rows.

    Args: as parts.read.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a text cannot be used, and bad rows stop.
    """
    path = source.files.get(name)
    if path and plain_texts.are_in(task, path, source.columns):
        return plain_texts.read(path, name, source)
    plain = parts.read(task, name, source, labelled=False)
    if not _has_labels(task, path or plain.path, source):
        return plain
    silent = dataclasses.replace(source, on_bad_row=problems_lib.IGNORE)
    try:
        full = parts.read(
            task, name, silent, labelled=True, labels=labels, scheme=scheme
        )
    except ValueError as error:
        logging.warning("The labels of %s are not used. %s", plain.path, error)
        return plain
    pairs = list(zip(plain.examples, full.examples, strict=True))
    lost = sum(one is not None and other is None for one, other in pairs)
    if lost:
        logging.warning(
            "%d of %d rows of %s have a label that is missing, or that the "
            "model does not know; they are predicted without one.",
            lost,
            len(pairs),
            plain.path,
        )
    return dataclasses.replace(
        full,
        examples=[one and (other or one) for one, other in pairs],
        ids=plain.ids,
    )


def _has_labels(task: table.Task, path: str, source: parts.Source) -> bool:
    if task.name == "race" or source.tfds:
        return False
    columns = source.columns
    if task.kind == "span" and (
        columns is None or squad_layouts.are_in(path, columns.answer)
    ):
        return any(q.is_answered for q in squad_layouts.questions(path))
    if task.kind == "tagging" and (
        columns is None
        or not (columns.delimiter or columns.sentence)
        and conll.is_in(path)
    ):
        return _has_tags(path)
    if columns is not None:
        return _has_columns(path, columns)
    return _header_has(path, task.label_column) or bool(
        task.unnamed_columns and not _header_has(path, task.columns[0])
    )


def _has_columns(path: str, columns: custom.Columns) -> bool:
    """Whether the first row that can be read has all columns of labels."""
    needed = dataclasses.replace(columns, labelled=False).used
    wanted = set(columns.used) - set(needed)
    rows = tables.rows(
        path,
        problems_lib.Problems(problems_lib.IGNORE),
        header=columns.header,
        delimiter=columns.delimiter,
        encoding=columns.encoding,
    )
    first = next((row for _, row in rows if row is not None), {})
    if columns.kind == "tagging" and entity_spans.are_in(first, columns):
        return entity_layouts.has_spans(first, columns.label)
    return wanted <= set(first)


def _header_has(path: str, column: str) -> bool:
    """Of the official file of a published task."""
    is_official = text_lines.ending(path) in delimited.TABS
    rows = tables.rows(
        path,
        problems_lib.Problems(problems_lib.IGNORE),
        delimiter="tab" if is_official else None,
    )
    return column in next((row for _, row in rows if row is not None), {})


def _has_tags(path: str) -> bool:
    for _, line in text_lines.read(path):
        if line.strip() and not line.startswith(conll.DOCUMENT):
            return len(line.split("\t" if "\t" in line else None)) > 1
    return False
