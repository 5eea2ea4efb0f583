"""Reads questions and their answers from the user's tables."""

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of contexts and questions."""
    return columns.context, columns.question


def targets(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of answers and their positions."""
    return columns.answer, columns.answer_start


def context_column(columns: file_columns.Columns) -> str:
    """The column of contexts.

    Raises:
        ValueError: the settings name none.
    """
    if columns.context is None:
        raise ValueError(
            "Questions must have a context that holds the answer. Received: "
            "context=None. Name the column of contexts."
        )
    return columns.context


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> list[example_types.SpanExample | None]:
    """Reads a table with one question in each row.

    Args and errors: see `custom.read`.
    """
    used = [columns.id, *inputs(columns)]
    if columns.labelled:
        used += targets(columns)
    named = tuple(dict.fromkeys(name for name in used if name is not None))

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.SpanExample:
        del place
        return _span(row, columns, name)

    rows = example_rows.rows(path, problems, columns, named)
    return example_rows.read(path, problems, columns, rows, example, ids)


def _span(
    row: cells.Row, columns: file_columns.Columns, name: str
) -> example_types.SpanExample:
    context = cells.text(row, context_column(columns))
    question = cells.text(row, columns.question)
    if not columns.labelled:
        return example_types.SpanExample(name, question, context)
    # null and NaN also mean that there is no answer.
    answer = cells.value(row, columns.answer)
    if (
        answer is None
        or answer != answer
        or not cells.string(row, columns.answer).strip()
    ):
        return example_types.SpanExample(name, question, context, ())
    start = None
    if columns.answer_start is not None:
        start = cells.place(row, columns.answer_start)
    if start is None:
        start = context.find(answer)
        if context.find(answer, start + 1) > start >= 0:
            raise cells.BadRow(
                "An answer that occurs more than once in its context must "
                "have an answer_start.",
                answer,
            )
    if start < 0 or not context.startswith(answer, start):
        raise cells.BadRow(
            "Each answer must be a part of its context, at answer_start if "
            "that is given.",
            answer,
        )
    return example_types.SpanExample(
        name, question, context, ((start, answer),)
    )
