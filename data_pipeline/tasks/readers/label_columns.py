"""Finds out from the first row whether a file has labels."""

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines


def first_row(path: str, columns: file_columns.Columns) -> cells.Row:
    """The first well-formed row of a user's own file; {} if there is none."""
    rows = example_rows.rows(
        path, row_problems.Problems(row_problems.IGNORE), columns
    )
    return next((row for _, row in rows if row is not None), {})


def official_has_labels(path: str, task: table.Task) -> bool:
    """Whether the official file of a published task has labels."""
    return _header_has(path, task.label_column) or bool(
        task.unnamed_columns and not _header_has(path, task.columns[0])
    )


def _header_has(path: str, column: str) -> bool:
    is_official = text_lines.ending(path) in delimited.TABS
    rows = tables.rows(
        path,
        row_problems.Problems(row_problems.IGNORE),
        delimiter="tab" if is_official else None,
    )
    return column in next((row for _, row in rows if row is not None), {})
