"""Reads multiple-choice questions from a user's own tables."""

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of contexts and choices."""
    return columns.context, *columns.choices


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> list[example_types.ChoiceExample | None]:
    """Reads a table with one question in each row. Args: as in
    `custom.read`."""
    used = [columns.id, *inputs(columns)]
    if columns.labelled:
        used.append(columns.label)
    named = tuple(dict.fromkeys(name for name in used if name is not None))

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.ChoiceExample:
        del place
        context = ""
        if columns.context is not None:
            context = cells.string(row, columns.context)
        choices = tuple(cells.text(row, column) for column in columns.choices)
        label = None
        if columns.labelled:
            label = _right_choice(cells.name(row, columns.label), choices)
        return example_types.ChoiceExample(name, context, choices, label)

    rows = example_rows.rows(path, problems, columns, named)
    return example_rows.read(path, problems, columns, rows, example, ids)


def _right_choice(label: str, choices: tuple[str, ...]) -> int:
    count = len(choices)
    readings = {i for i in range(count) if choices[i].strip() == label}
    if label in map(str, range(count)):
        readings.add(int(label))
    if label in tuple(_LETTERS[:count]):
        readings.add(_LETTERS.index(label))
    if len(readings) != 1:
        fault = "matches several choices" if readings else "matches no choice"
        raise cells.BadRow(
            "The label in multiple choice must be the number of the right "
            "choice, from 0, its letter, from A, or its text; this one "
            f"{fault}.",
            label,
        )
    return readings.pop()
