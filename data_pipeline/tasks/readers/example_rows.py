"""Reads the rows of a user's own tables as examples."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import class_labels
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import tables

# (line, row); None for a malformed row, which has been reported.
Rows = Iterable[tuple[int | str, cells.Row | None]]
# Takes (row, its id, its place in the file) and returns an example.
MakeExample = Callable[[cells.Row, str, str], example_types.Example]
# The id of each row; None for a malformed row without one.
Ids = list[str | None]


def rows(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    used: Sequence[str] = (),
) -> Rows:
    """The rows of a file.

    Args:
        path: path of the file.
        problems: reports malformed rows.
        columns: its header, delimiter and encoding.
        used: names of the columns that it must have.
    """
    return tables.rows(
        path,
        problems,
        used,
        header=columns.header,
        delimiter=columns.delimiter,
        encoding=columns.encoding,
    )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    found: Rows,
    example: MakeExample,
    ids: Ids,
) -> list[Any]:
    """Makes an example of each row; None for a malformed one.

    Args:
        path: path of the file, for messages.
        problems: reports malformed rows.
        columns: names the column of ids.
        found: the rows.
        example: makes an example; raises cells.BadRow for a malformed row.
        ids: is extended by `Ids`.
    Raises:
        ValueError: the file has no rows, or a row is malformed and rows are
            not to be skipped.
    """
    examples: list[Any] = []
    place_of: dict[str, str] = {}
    for line, row in found:
        place = f"line {line}" if isinstance(line, int) else line
        made = name = None
        if row is not None:
            try:
                number = str(len(examples))
                name = new_id(row, columns.id, number, place, place_of)
                made = example(row, name, place)
            except cells.BadRow as bad:
                problems.add(path, place, bad.rule, bad.received)
        examples.append(made)
        ids.append(name)
    if not examples:
        raise ValueError(
            "A data file must have a row for each example. Received: "
            f"{path}, which has no rows. Name another file."
        )
    problems.close(path, len(examples))
    return examples


def new_id(
    row: cells.Row,
    column: str | None,
    number: str,
    place: str,
    place_of: dict[str, str],
) -> str:
    """The id of a row; adds it to `place_of`.

    Args:
        row: the row, by column.
        column: the column of ids; None: there is none.
        number: the id if there is no column.
        place: place of the row, for messages.
        place_of: the places of all earlier ids.
    Raises:
        cells.BadRow: the row has no id, or that of another row.
    """
    if column is None:
        return number
    name = cells.name(row, column)
    if name in place_of:
        raise cells.BadRow(
            f"An id must be unique; {place_of[name]} has the same.", name
        )
    place_of[name] = place
    return name


def check_known(names: Sequence[str], labels: Sequence[str] | None) -> None:
    """Checks that names are among the labels, if these are known.

    Raises:
        cells.BadRow: one is not.
    """
    if labels is None:
        return
    for name in names:
        if name not in labels:
            raise cells.BadRow(class_labels.unknown(labels), name)
