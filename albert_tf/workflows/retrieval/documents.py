"""Documents and queries from files of any layout, row by row."""

import math
import os
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from albert_tf.retrieval import documents as documents_lib
from albert_tf.workflows.configs.retrieval import documents as documents_config
from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_encodings
from data_pipeline.tasks.readers import text_lines

CORPUS = "corpus.jsonl"
_PLAIN = ".txt"
_IDS = ("_id", "id")
_TITLE = "title"


class Columns(NamedTuple):
    """Which column holds what; None: one of the usual names, if there."""

    text: str
    id: str | None = None
    title: str | None = None


def read(
    path: str, config: documents_config.DocumentsConfig
) -> Iterator[documents_lib.Document]:
    """The documents of a file, read as they are needed.

    Args:
        path: a file, or a folder with corpus.jsonl as BEIR has them.
        config: its columns.
    Raises:
        ValueError: the file has no documents, lacks a column, or a row is
            malformed or has neither a text nor a title.
        FileNotFoundError: there is no such file.
    """
    columns = Columns(config.text_column, config.id_column, config.title_column)
    return rows(
        path,
        columns,
        header=config.header,
        delimiter=config.delimiter,
        encoding=config.encoding,
        on_bad_row=config.on_bad_row,
    )


def rows(
    path: str,
    columns: Columns,
    *,
    header: bool = True,
    delimiter: str | None = None,
    encoding: str | None = None,
    on_bad_row: str = "stop",
) -> Iterator[documents_lib.Document]:
    """The documents of a file; args as in `DocumentsConfig`."""
    corpus = os.path.join(path, CORPUS)
    if files.is_folder(path) and files.exists(corpus):
        path = corpus
    problems = row_problems.Problems(on_bad_row)
    if text_lines.ending(path) == _PLAIN and delimiter is None:
        found = _of_lines(path, problems, encoding)
    else:
        found = _of_table(path, columns, problems, header, delimiter, encoding)
    total = 0
    for document in found:
        total += 1
        yield document
    if not total:
        raise ValueError(
            "A file must have at least one row with a text. Received: "
            f"{path}, which has none. Name another file."
        )
    problems.close(path, total + problems.count)


def _of_lines(
    path: str, problems: row_problems.Problems, encoding: str | None
) -> Iterator[documents_lib.Document]:
    total = 0
    for number, line in text_lines.read(path, encoding):
        if not line.strip():
            continue
        if text_lines.is_text(line):
            yield documents_lib.Document(str(total), line.removesuffix("\r"))
        else:
            rule = text_encodings.rule(line, encoding)
            problems.add(path, number, rule, line)
        total += 1


def _of_table(
    path: str,
    columns: Columns,
    problems: row_problems.Problems,
    header: bool,
    delimiter: str | None,
    encoding: str | None,
) -> Iterator[documents_lib.Document]:
    stored = tables.stored_columns(path)
    given = [name for name in columns if name is not None]
    if stored is not None:
        column_names.check(path, stored, given)
    total = 0
    for place, row in tables.rows(
        path,
        problems,
        stored if stored is not None else given,
        header=header,
        delimiter=delimiter,
        encoding=encoding,
    ):
        if row is not None:
            try:
                yield _document(row, columns, str(total))
            except cells.BadRow as bad:
                problems.add(path, place, bad.rule, bad.received)
        total += 1


def _document(
    row: cells.Row, columns: Columns, number: str
) -> documents_lib.Document:
    id_column = columns.id or next((n for n in _IDS if n in row), None)
    title_column = columns.title or (_TITLE if _TITLE in row else None)
    text = _text(row, columns.text)
    title = _text(row, title_column) if title_column else ""
    if not text.strip() and not title.strip():
        raise cells.BadRow(
            f"The column {columns.text!r} must hold a non-empty text.",
            row[columns.text],
        )
    name = cells.name(row, id_column) if id_column else number
    used = {columns.text, id_column, title_column}
    others = {
        key: value
        for key, value in row.items()
        if key not in used and _is_there(value)
    }
    return documents_lib.Document(name, text, title, others)


def _text(row: cells.Row, column: str) -> str:
    """A text; "" where there is none."""
    return "" if cells.value(row, column) is None else cells.string(row, column)


def _is_there(value: Any) -> bool:
    """Whether a cell has a value that JSON can hold."""
    return not (
        value is None
        or value in ("", {}, [])
        or (isinstance(value, float) and not math.isfinite(value))
    )
