"""Reads texts with the texts to write for them, and texts alone."""

from collections.abc import Mapping
from typing import Any

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.readers import label_columns


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The column of texts to read."""
    return (columns.text,)


def targets(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The column of texts to write."""
    return (columns.target,)


def check_columns(columns: file_columns.Columns) -> None:
    """Raises ValueError if the columns do not fit each other."""
    if columns.text == columns.target:
        raise ValueError(
            "--text_column and --target_column must be two columns. Received: "
            f"{columns.text!r} for both. Name the column of texts to write "
            "with --target_column."
        )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> list[example_types.WritingExample | None]:
    """Reads a table with a text to read in each row, and the texts to write.

    A cell of JSON or Parquet may hold a list: sentences of the text to read,
    which are joined by spaces, or several texts to write, each of which is
    right.

    Args:
        path, problems, columns, ids: as in `custom.read`.
    Raises:
        ValueError: a text is empty, and rows are not to be skipped.
    """
    used = [columns.id, columns.text]
    if columns.labelled:
        used.append(columns.target)
    named = tuple(name for name in used if name is not None)
    joined = False

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.WritingExample:
        nonlocal joined
        del place
        parts = _texts(row, columns.text)
        joined = joined or len(parts) > 1
        references = None
        if columns.labelled:
            references = _texts(row, columns.target)
        return example_types.WritingExample(name, " ".join(parts), references)

    rows = example_rows.rows(path, problems, columns, named)
    found = example_rows.read(path, problems, columns, rows, example, ids)
    if joined:
        logging.info(
            "%s: the lists in the column %r are joined to texts by spaces.",
            path,
            columns.text,
        )
    return found


def _texts(row: cells.Row, column: str) -> tuple[str, ...]:
    """The text in a cell, or the texts of a list; none of them is blank."""
    cell = cells.value(row, column)
    if not isinstance(cell, list):
        return (cells.text(row, column),)
    if not cell or not all(isinstance(x, str) and x.strip() for x in cell):
        raise cells.BadRow(
            f"The column {column!r} must hold a non-empty text, or a list of "
            "such texts.",
            cell,
        )
    return tuple(cell)


def has_labels(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    """Whether a file has texts to write."""
    del task
    return columns is not None and columns.target in label_columns.first_row(
        path, columns
    )


def given(row: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `Kind.given`: a text."""
    del row
    return ("text",), ("text",)


def given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    """The texts in a config."""
    return [
        example_of(str(number), text)
        for number, text in enumerate(config.text or ())
    ]


def example_of(name: str, text: str) -> example_types.WritingExample:
    """A text to read alone."""
    return example_types.WritingExample(name, text)
