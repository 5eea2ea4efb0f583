"""Reads the columns by which a report groups rows."""

from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import example_rows

EMPTY = "(empty)"


def read(data: task_data.TaskData, split: splits.Split) -> dict[str, list[str]]:
    """The values of a task's group columns for the rows of a split.

    Args:
        data: the task's data, which names the columns.
        split: one of its splits, with labels.
    Returns:
        For each column, the value of each example that was not skipped; EMPTY
        for an empty cell.
    Raises:
        ValueError: the file has no such column, or is not a table with a row
            for each example.
    """
    wanted = data.group_columns
    if not wanted:
        return {}
    columns = data.source.columns
    if columns is None:
        raise _no_table(split.path, f"the task {data.task.name}")
    # Reading examples has reported malformed rows already.
    problems = row_problems.Problems(row_problems.IGNORE)
    by_id: dict[str, list[str]] = {}
    place_of: dict[str, str] = {}
    seen: dict[str, None] = {}
    rows = example_rows.rows(split.path, problems, columns)
    for number, (_, row) in enumerate(rows):
        if row is None:
            continue
        seen |= dict.fromkeys(row)
        try:
            name = example_rows.new_id(
                row, columns.id, str(number), "", place_of
            )
        except cells.BadRow:
            continue
        by_id[name] = [_shown(row.get(column)) for column in wanted]
    for column in wanted:
        _check(column, list(seen), split.path)
    kept = [example for example in split.examples if example is not None]
    missing = [example for example in kept if example.id not in by_id]
    if missing:
        raise _no_table(split.path, f"no row for the example {missing[0].id}")
    return {
        column: [by_id[example.id][place] for example in kept]
        for place, column in enumerate(wanted)
    }


def _check(column: str, known: Sequence[str], path: str) -> None:
    if column not in known:
        hint = column_names.hint(column, known)
        raise ValueError(
            "--group_columns must name columns of the evaluated file. "
            f"Received: {column!r} for {path}, whose columns are "
            f"{column_names.listed(known)}. {hint}".rstrip()
        )


def _shown(cell: Any) -> str:
    if cell is None or cell != cell or not str(cell).strip():
        return EMPTY
    return " ".join(str(cell).split())


def _no_table(path: str, received: str) -> ValueError:
    return ValueError(
        "--group_columns must be used with your own data, in a table with a row"
        f" for each example. Received: {path}, with {received}. Leave the flag "
        "out."
    )
