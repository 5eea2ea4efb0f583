"""One's own data: the columns of a file as examples of a kind of task.

columns = file_columns.Columns("classification", text="review", label="stars")
examples = read("reviews.csv", problems, columns)
"""

from collections.abc import Sequence

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits


def check(columns: file_columns.Columns) -> None:
    """Checks that columns are named as their kind of task needs them.

    Raises:
        ValueError: there is no such kind, or a column is missing or not of
            this kind.
    """
    if columns.kind not in kinds.KINDS:
        raise ValueError(
            "The kind of a task must be one of "
            f"{', '.join(kinds.KINDS)}. Received: {columns.kind!r}."
        )
    kind = kinds.KINDS[columns.kind]
    kind.check_columns(columns)
    named = columns.label_columns
    if named and (
        not kind.may_have_label_columns or len(set(named)) < len(named)
    ):
        raise ValueError(
            "Columns of labels must be of the kind multilabel, each named "
            f"once. Received: {', '.join(named)} for {columns.kind}."
        )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: Sequence[str] | None = None,
    ids: list[str | None] | None = None,
) -> splits.Examples:
    """Reads a file with a row for each example; None for a malformed one.

    Args:
        path: of a table that tables.rows reads; for tagging also a file that
            conll.read does, for spans also .json in the shape of SQuAD.
        problems: told of malformed rows.
        columns: what each column holds.
        labels: those that the model knows, if no others may come; for
            classification and multilabel.
        ids: takes the id of each row, also of a bad one that has one.
    Raises:
        ValueError: the file lacks a column or has no rows, or is of another
            kind.
        FileNotFoundError: there is no such file.
    """
    check(columns)
    return kinds.KINDS[columns.kind].read(
        path, problems, columns, labels, [] if ids is None else ids
    )
