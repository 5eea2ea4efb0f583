"""Reads texts and pairs from a user's own files, and from given texts."""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.readers import label_columns
from data_pipeline.tasks.texts import glue


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of texts."""
    return columns.text, columns.text_pair


def label_column(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The column of labels."""
    return (columns.label,)


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    targets: tuple[str | None, ...],
    label: Callable[[cells.Row], Any],
    ids: example_rows.Ids,
) -> list[example_types.TextExample | None]:
    """Reads a table with a text or a pair of texts in each row.

    Args:
        path, problems, columns, ids: as in `custom.read`.
        targets: the columns of labels.
        label: returns the label of a row.
    """
    used = [columns.id, *inputs(columns)]
    if columns.labelled:
        used += [*targets, columns.weight]
    named = tuple(dict.fromkeys(name for name in used if name is not None))

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.TextExample:
        del place
        texts = tuple(
            cells.text(row, column)
            for column in inputs(columns)
            if column is not None
        )
        found = label(row) if columns.labelled else None
        if columns.labelled and columns.weight is not None:
            weight = cells.weight(row, columns.weight)
            return example_types.WeightedTextExample(name, texts, found, weight)
        return example_types.TextExample(name, texts, found)

    rows = example_rows.rows(path, problems, columns, named)
    return example_rows.read(path, problems, columns, rows, example, ids)


def read_official(
    task: table.Task,
    path: str,
    problems: row_problems.Problems,
    source: splits.DataSource,
    labelled: bool,
    ids: example_rows.Ids,
) -> list[example_types.TextExample | None]:
    """Reads one of GLUE's files."""
    del source, ids
    return glue.read(task, path, problems, labelled=labelled)


def given(row: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `Kind.given`: a text, or a pair if the model was trained on pairs."""
    wanted = ("text", "text_b") if row.get("num_texts") == 2 else ("text",)
    known = ("text",) if row.get("num_texts") == 1 else ("text", "text_b")
    return wanted, known


def given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    """The texts or pairs of texts in a config."""
    texts: list[tuple[str, ...]] = [(text,) for text in config.text or ()]
    if config.text_b:
        texts = given_text_config.matched(
            "text", config.text or (), "text_b", config.text_b
        )
    return [
        example_types.TextExample(str(number), own)
        for number, own in enumerate(texts)
    ]


def of_line(name: str, text: str) -> example_types.TextExample:
    """The text of a line, with the line's number as its id."""
    return example_types.TextExample(name, (text,))


def has_labels(
    columns_of: Callable[[file_columns.Columns], tuple[str | None, ...]],
    task: table.Task,
    path: str,
    columns: file_columns.Columns | None,
) -> bool:
    """Whether a file has labels.

    Args:
        columns_of: the columns that a labeled file of one's own has.
        task: the task.
        path: path of the file.
        columns: which column holds what; None for a published task.
    """
    if columns is None:
        return label_columns.official_has_labels(path, task)
    return set(columns_of(columns)) <= set(
        label_columns.first_row(path, columns)
    )
