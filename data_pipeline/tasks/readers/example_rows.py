"""The rows of a table of one's own, as examples."""

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

# (line, row); None for a row that is reported as bad already.
Rows = Iterable[tuple[int | str, cells.Row | None]]
# Makes an example of (row, its id, its place in the file).
MakeExample = Callable[[cells.Row, str, str], example_types.Example]
# Takes the id of each row, also of a bad one that has one.
Ids = list[str | None]


def rows(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    used: Sequence[str] = (),
) -> Rows:
    """The rows of a file; `used` names the columns that it must have."""
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
    """Makes an example of each row; None for a bad one.

    Args:
        path: of the file, for messages.
        problems: told of bad rows.
        columns: with the column of ids.
        found: the rows.
        example: makes one; raises cells.BadRow where it cannot.
        ids: as `Ids`.
    Raises:
        ValueError: the file has no rows, or a row is bad and bad rows stop.
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
            f"{path}, which has none. Name another file."
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
    """The id of a row, whose place is noted in `place_of`.

    Args:
        row: a dict by column.
        column: of ids; None for none.
        number: the id where there is no column.
        place: of the row, for messages.
        place_of: the places of the ids before it.
    Raises:
        cells.BadRow: it has none, or another row has it too.
    """
    if column is None:
        return number
    name = cells.name(row, column)
    if name in place_of:
        raise cells.BadRow(
            f"An id must be unique; {place_of[name]} has it too.", name
        )
    place_of[name] = place
    return name


def check_known(names: Sequence[str], labels: Sequence[str] | None) -> None:
    """Raises cells.BadRow for a name that is not among the labels, if they are
    known."""
    if labels is None:
        return
    for name in names:
        if name not in labels:
            raise cells.BadRow(class_labels.unknown(labels), name)
