"""One row of a file of one's own to one example, or what is wrong with it."""

from __future__ import annotations

import typing
from collections.abc import Sequence

from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import labels as labels_lib
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.tags import word_cells

if typing.TYPE_CHECKING:
    from data_pipeline.tasks.readers import custom

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def example(
    row: cells.Row,
    columns: custom.Columns,
    name: str,
    labels: Sequence[str] | None,
) -> examples_lib.Example:
    """Makes an example of a row.

    Args:
        row: a dict by column.
        columns: which of them hold what.
        name: its id.
        labels: those that are known, if only they may come.
    Raises:
        cells.BadRow: the row cannot become one.
    """
    if columns.kind == "multiple_choice":
        return _choice(row, columns, name)
    if columns.kind == "tagging":
        return _tagged(row, columns, name, labels)
    if columns.kind == "span":
        return _span(row, columns, name)
    texts = [cells.text(row, columns.text)]
    if columns.text_pair is not None:
        texts.append(cells.text(row, columns.text_pair))
    label = _label(row, columns, labels) if columns.labelled else None
    return examples_lib.TextExample(name, tuple(texts), label)


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


def _label(
    row: cells.Row, columns: custom.Columns, labels: Sequence[str] | None
) -> str | float | tuple[str, ...]:
    if columns.kind == "regression":
        return cells.number(row, columns.label)
    if columns.kind == "classification":
        label = cells.label(row, columns.label)
        _check_known([label], labels)
        return label
    if columns.label_columns:
        flags = [
            (name, cells.flag(row, name)) for name in columns.label_columns
        ]
        return tuple(name for name, applies in flags if applies)
    names = cells.names(row, columns.label, columns.label_separator)
    _check_known(names, labels)
    return tuple(dict.fromkeys(names))


def _choice(
    row: cells.Row, columns: custom.Columns, name: str
) -> examples_lib.ChoiceExample:
    context = ""
    if columns.context is not None:
        context = cells.string(row, columns.context)
    choices = tuple(cells.text(row, column) for column in columns.choices)
    label = None
    if columns.labelled:
        label = _right_choice(cells.name(row, columns.label), choices)
    return examples_lib.ChoiceExample(name, context, choices, label)


def _right_choice(label: str, choices: tuple[str, ...]) -> int:
    count = len(choices)
    readings = {i for i in range(count) if choices[i].strip() == label}
    if label in map(str, range(count)):
        readings.add(int(label))
    if label in tuple(_LETTERS[:count]):
        readings.add(_LETTERS.index(label))
    if len(readings) != 1:
        fault = "fits several" if readings else "fits none"
        raise cells.BadRow(
            "The label of a multiple choice must be the number of the right "
            f"one from 0, its letter from A, or its text; this {fault}.",
            label,
        )
    return readings.pop()


def _tagged(
    row: cells.Row,
    columns: custom.Columns,
    name: str,
    labels: Sequence[str] | None,
) -> examples_lib.TaggedExample:
    words = word_cells.words(row, columns.words)
    if not columns.labelled:
        return examples_lib.TaggedExample(name, words)
    tags = word_cells.tags(row, columns.tags)
    if len(tags) != len(words):
        raise cells.BadRow(
            "There must be a tag for each word.",
            f"{len(words)} words, {len(tags)} tags",
        )
    _check_known(tags, labels)
    return examples_lib.TaggedExample(name, words, tags)


def _span(
    row: cells.Row, columns: custom.Columns, name: str
) -> examples_lib.SpanExample:
    context = cells.text(row, columns.context)
    question = cells.text(row, columns.question)
    if not columns.labelled:
        return examples_lib.SpanExample(name, question, context)
    # null or NaN: there is no answer either.
    answer = cells.value(row, columns.answer)
    if (
        answer is None
        or answer != answer
        or not cells.string(row, columns.answer).strip()
    ):
        return examples_lib.SpanExample(name, question, context, ())
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
            "An answer must be a part of its context, where answer_start says.",
            answer,
        )
    return examples_lib.SpanExample(name, question, context, ((start, answer),))


def _check_known(names: Sequence[str], labels: Sequence[str] | None) -> None:
    if labels is None:
        return
    for name in names:
        if name not in labels:
            raise cells.BadRow(labels_lib.unknown(labels), name)
