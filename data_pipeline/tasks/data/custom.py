"""Reads a user's own files as examples of a kind of task.

columns = file_columns.Columns(
    "classification", text="review", label="stars"
)
examples = read("reviews.csv", problems, columns)
"""

from collections.abc import Sequence

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits


def check(columns: file_columns.Columns) -> None:
    """Checks that columns fit their kind of task.

    Raises:
        ValueError: there is no such kind, or a column is missing or not for
            this kind.
    """
    if columns.kind not in kinds.KINDS:
        raise ValueError(
            "The kind of a task must be one of "
            f"{', '.join(kinds.KINDS)}. Received: {columns.kind!r}. Name it "
            "with --task_type."
        )
    kind = kinds.KINDS[columns.kind]
    kind.check_columns(columns)
    if columns.weight is not None and not kind.takes_weights:
        able = [name for name, k in kinds.KINDS.items() if k.takes_weights]
        raise ValueError(
            "--weight_column must be used with tasks of these kinds: "
            f"{', '.join(able)}. Received: {columns.weight} for "
            f"{columns.kind}. Leave it out."
        )
    named = columns.label_columns
    if named and (
        not kind.may_have_label_columns or len(set(named)) < len(named)
    ):
        raise ValueError(
            "--label_columns must name each column once, in tasks of the kind "
            f"multilabel. Received: {', '.join(named)} for {columns.kind}. "
            "Use --label_column for other kinds."
        )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    labels: Sequence[str] | None = None,
    ids: list[str | None] | None = None,
) -> splits.Examples:
    """Reads a file with one row for each example; None for a malformed row.

    Args:
        path: a table that tables.rows can read; for tagging, also a file that
            conll.read can; for spans, also .json in SQuAD's layout.
        problems: reports malformed rows.
        columns: which column holds what.
        labels: the only labels allowed, in classification and multilabel;
            None: any.
        ids: is extended by the id of each row; None for a malformed row
            without one.
    Raises:
        ValueError: the file lacks a column, has no rows or is not a table.
        FileNotFoundError: there is no such file.
    """
    check(columns)
    return kinds.KINDS[columns.kind].read(
        path, problems, columns, labels, [] if ids is None else ids
    )
