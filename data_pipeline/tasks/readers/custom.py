"""Data of one's own: the columns of a file as examples of a kind of task.

columns = Columns("classification", text="review", label="stars")
examples = read("reviews.csv", problems, columns)
"""

import dataclasses
from collections.abc import Sequence

from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import custom_rows
from data_pipeline.tasks.readers import label_notes
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.spans import squad_layouts
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import tagged_rows


@dataclasses.dataclass(frozen=True)
class Columns:
    """Which column holds what, by name; each kind uses its own.

    kind: one of table.KINDS.
    labelled: whether to read labels, tags or answers.
    header: whether the first line of .tsv and .csv names the columns;
        otherwise they are "0", "1", ...
    delimiter: what separates columns in text files; None to find it.
    encoding: of text files; None to find it.
    id: unique in the file; None for the number of the row from 0.

    text, text_pair, label: classification, multilabel, regression. text_pair
        is None for single texts. A multilabel cell is a list, or labels with
        `label_separator` between; empty for none of them.
    label_columns: multilabel, in place of `label`: a column of 0 and 1 for
        each label, whose name it is.
    context, choices, label: multiple_choice. context None for none; choices
        are columns. The label is the number of the right one from 0, its
        letter from A, or its text.
    words, tags: tagging; lists, or words with spaces between. token_column
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
    delimiter: str | None = None
    encoding: str | None = None
    id: str | None = None
    text: str = "text"
    text_pair: str | None = None
    label: str = "label"
    label_separator: str = "|"
    label_columns: tuple[str, ...] = ()
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
                "The kind of a task must be one of "
                f"{', '.join(table.KINDS)}. Received: {self.kind!r}."
            )
        if self.kind == "multiple_choice" and len(self.choices) < 2:
            raise ValueError(
                "Multiple choice must have two columns of choices at least. "
                f"Received: {self.choices}. Name them in `choices`."
            )
        if self.kind == "span" and self.context is None:
            raise ValueError(
                "Spans must have a context to be in. Received: context=None. "
                "Name its column."
            )
        if not self.label_separator:
            raise ValueError(
                "The separator of labels must be a text. Received: ''."
            )
        twice = len(set(self.label_columns)) < len(self.label_columns)
        if self.label_columns and (self.kind != "multilabel" or twice):
            raise ValueError(
                "Columns of labels must be of the kind multilabel, each named "
                f"once. Received: {', '.join(self.label_columns)} for "
                f"{self.kind}."
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
        if self.labelled and self.label_columns:
            columns += self.label_columns
        elif self.labelled:
            columns += {
                "tagging": (self.tags,),
                "span": (self.answer, self.answer_start),
            }.get(self.kind, (self.label,))
        named = (column for column in columns if column is not None)
        return tuple(dict.fromkeys(named))


def read(
    path: str,
    problems: problems_lib.Problems,
    columns: Columns,
    labels: Sequence[str] | None = None,
    ids: list[str | None] | None = None,
) -> list[examples_lib.Example | None]:
    """Reads a file with a row for each example; None for a malformed one.

    By tables.rows. For tagging .conll and such by conll.read; for spans .json
    in the shape of SQuAD, by squad.read.

    Args:
        path: the file.
        problems: told of malformed rows.
        columns: what is where.
        labels: those that the model knows, if only they may come; for
            classification, multilabel and the rows of tagging.
        ids: takes the id of each row of a table, also of a bad one that has
            one.
    Raises:
        ValueError: the file lacks a column or has no rows, or is of another
            kind.
        FileNotFoundError: no such file.
    """
    is_table = columns.delimiter or columns.sentence
    if columns.kind == "tagging" and not is_table and conll.is_in(path):
        return conll.read(
            path,
            problems,
            token_column=columns.token_column,
            tag_column=columns.tag_column,
            labelled=columns.labelled,
            encoding=columns.encoding,
        )
    if columns.kind == "span" and squad_layouts.are_in(path, columns.answer):
        from data_pipeline.tasks.spans import squad

        return squad.read(path, problems, columns.labelled)
    _check_label_columns(columns, labels)
    rows = _rows(path, problems, columns)
    if columns.kind == "tagging":
        reader, rows = tagged_rows.reader(rows, columns)
        if reader is not None:
            return reader(path, problems, columns, rows)
    examples: list[examples_lib.Example | None] = []
    place_of: dict[str, str] = {}
    for line, row in rows:
        place = f"line {line}" if isinstance(line, int) else line
        example = name = None
        if row is not None:
            try:
                number = str(len(examples))
                name = custom_rows.new_id(
                    row, columns.id, number, place, place_of
                )
                example = custom_rows.example(row, columns, name, labels)
                if columns.kind == "tagging":
                    example = dataclasses.replace(example, line=place)
            except cells.BadRow as bad:
                problems.add(path, place, bad.rule, bad.received)
                example = None
        examples.append(example)
        if ids is not None:
            ids.append(name)
    if not examples:
        raise ValueError(
            "A data file must have a row for each example. Received: "
            f"{path}, which has none. Name another file."
        )
    problems.close(path, len(examples))
    label_notes.log(path, columns, examples)
    return examples


def _rows(path, problems, columns):
    return tables.rows(
        path,
        problems,
        columns.used,
        header=columns.header,
        delimiter=columns.delimiter,
        encoding=columns.encoding,
    )


def _check_label_columns(columns: Columns, labels: Sequence[str] | None):
    wanted = columns.label_columns
    if wanted and labels is not None and set(wanted) != set(labels):
        raise ValueError(
            "--label_columns must name the labels that the model knows. "
            f"Received: {', '.join(wanted)} for a model of "
            f"{', '.join(labels)}."
        )
