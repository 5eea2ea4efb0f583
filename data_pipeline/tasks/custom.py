"""Data of one's own: the columns of a file as examples of a kind of task.

columns = Columns("classification", text="review", label="stars")
examples = read("reviews.csv", problems, columns)
"""

import dataclasses
from collections.abc import Sequence

from data_pipeline.tasks import cells
from data_pipeline.tasks import conll
from data_pipeline.tasks import custom_rows
from data_pipeline.tasks import delimited
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import json_rows
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import squad_layouts
from data_pipeline.tasks import table
from data_pipeline.tasks import tagged_rows


@dataclasses.dataclass(frozen=True)
class Columns:
    """Which column holds what, by name; each kind uses its own.

    kind: one of table.KINDS.
    labelled: whether to read labels, tags or answers.
    header: whether the first line of .tsv and .csv names the columns;
        otherwise they are "0", "1", ...
    id: unique in the file; None for the number of the row from 0.

    text, text_pair, label: classification, multilabel, regression. text_pair
        is None for single texts. A multilabel cell is a JSON list, or labels
        with `label_separator` between; empty for none of them.
    context, choices, label: multiple_choice. context None for none; choices
        are columns. The label is the number of the right one from 0, its
        letter from A, or its text.
    words, tags: tagging; JSON lists, or words with spaces between. token_column
        and tag_column: of .conll and .txt files, as conll.read has them.
        sentence: names the sentence, in tables with a word in each row. text
        and label: of texts whose entities are spans, see entity_layouts.
    context, question, answer, answer_start: span. An empty answer says that
        the context has none. answer_start: the answer's first character in
        the context, from 0; may be None or empty where the answer occurs once.
    """

    kind: str
    labelled: bool = True
    header: bool = True
    id: str | None = None
    text: str = "text"
    text_pair: str | None = None
    label: str = "label"
    label_separator: str = "|"
    choices: tuple[str, ...] = ()
    words: str = "words"
    tags: str = "tags"
    token_column: int = 0
    tag_column: int = -1
    sentence: str | None = None
    context: str | None = "context"
    question: str = "question"
    answer: str = "answer"
    answer_start: str | None = None

    def __post_init__(self):
        if self.kind not in table.KINDS:
            raise ValueError(
                f"The kind of a task is one of {', '.join(table.KINDS)}. "
                f"Received: {self.kind!r}."
            )
        if self.kind == "multiple_choice" and len(self.choices) < 2:
            raise ValueError(
                "Multiple choice has two columns of choices at least. "
                f"Received: {self.choices}. Name them in `choices`."
            )
        if self.kind == "span" and self.context is None:
            raise ValueError(
                "Answers are parts of a context. Received: context=None. Name "
                "its column."
            )

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that a file must have."""
        columns: tuple[str | None, ...] = (self.id,)
        if self.kind == "multiple_choice":
            columns += (self.context, *self.choices)
        elif self.kind == "tagging":
            columns += (self.sentence, self.words)
        elif self.kind == "span":
            columns += (self.context, self.question)
        else:
            columns += (self.text, self.text_pair)
        if self.labelled:
            columns += {
                "tagging": (self.tags,),
                "span": (self.answer, self.answer_start),
            }.get(self.kind, (self.label,))
        return tuple(column for column in columns if column is not None)


def read(
    path: str,
    problems: problems_lib.Problems,
    columns: Columns,
    labels: Sequence[str] | None = None,
) -> list[examples_lib.Example | None]:
    """Reads a .tsv, .csv or .jsonl file; None for each malformed row.

    For tagging also .conll and .txt, by conll.read; for spans .json in the
    shape of SQuAD, by squad.read.

    Args:
        path: the file.
        problems: told of malformed rows.
        columns: what is where.
        labels: those that the model knows, if only they may come; for
            classification, multilabel and the rows of tagging.
    Raises:
        ValueError: the file lacks a column or has no rows; or another ending.
        FileNotFoundError: no such file.
    """
    if columns.kind == "tagging" and path.endswith((".conll", ".txt")):
        return conll.read(
            path,
            problems,
            token_column=columns.token_column,
            tag_column=columns.tag_column,
            labelled=columns.labelled,
        )
    if columns.kind == "span" and (
        path.endswith(".json") or squad_layouts.is_lines(path, columns.answer)
    ):
        from data_pipeline.tasks import squad

        return squad.read(path, problems, columns.labelled)
    rows = _rows(path, problems, columns)
    if columns.kind == "tagging":
        reader, rows = tagged_rows.reader(rows, columns)
        if reader is not None:
            return reader(path, problems, columns, rows)
    examples: list[examples_lib.Example | None] = []
    line_of: dict[str, int] = {}
    for line, row in rows:
        example = None
        if row is not None:
            _check_columns(path, row, columns)
            try:
                example = custom_rows.example(
                    row, columns, str(len(examples)), labels
                )
                custom_rows.check_id(example.id, line, line_of)
                if columns.kind == "tagging":
                    example = dataclasses.replace(example, line=line)
            except cells.BadRow as bad:
                problems.add(path, line, bad.rule, bad.received)
                example = None
        examples.append(example)
    if not examples:
        raise ValueError(
            f"A data file has a row for each example. Received: {path}, which "
            "has none. Name another file."
        )
    problems.close(path, len(examples))
    return examples


def _rows(path, problems, columns):
    if path.endswith(json_rows.ENDINGS):
        return json_rows.rows(path, problems)
    return delimited.rows(path, problems, header=columns.header)


def _check_columns(path: str, row: dict[str, object], columns: Columns) -> None:
    # Objects of .jsonl differ: there a missing key is one row's fault.
    missing = [name for name in columns.used if name not in row]
    if missing and not path.endswith(".jsonl"):
        raise ValueError(
            f"{path} must have the columns {', '.join(columns.used)}. "
            f"Received: {', '.join(row)}; missing: {', '.join(missing)}. Say "
            "which of the file's columns to use in their place."
        )
