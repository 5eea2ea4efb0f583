"""Reads files to predict that have one text on each line."""

from collections.abc import Callable
from typing import Any

from absl import logging

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.readers import delimiters
from data_pipeline.tasks.readers import json_rows
from data_pipeline.tasks.readers import text_encodings
from data_pipeline.tasks.readers import text_lines

ENDING = ".txt"


def are_in(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    """Whether a file has one text on each line.

    It does if the task has single texts and the file ends in .txt, unless the
    file begins like JSON, its first line names the column of texts, or the
    columns say that it is a table.
    """
    if text_lines.ending(path) != ENDING:
        return False
    if columns is None:
        name, encoding = task.columns[0], None
        if len(task.columns) > 1 or task.unnamed_columns:
            return False
    else:
        name, encoding = columns.text, columns.encoding
        if columns.text_pair or columns.delimiter:
            return False
    _, first = next(text_lines.read(path, encoding), (1, ""))
    if columns is not None and not columns.header:
        return not json_rows.begins(first) and "\t" not in first
    return not json_rows.begins(first) and not any(
        name in (cell.strip(' "') for cell in first.split(mark))
        for mark in delimiters.KNOWN
    )


def read(
    path: str,
    name: str,
    source: splits.DataSource,
    of_line: Callable[[str, str], Any],
) -> splits.Split:
    """Reads a file with one text on each line, except for blank lines.

    Args:
        path: path of the file.
        name: name of the split.
        source: where the task's data is.
        of_line: makes an example of an id and a text.
    Raises:
        ValueError: it has no text, or a line that cannot be decoded and is not
            to be skipped.
    """
    encoding = source.columns.encoding if source.columns else None
    problems = row_problems.Problems(source.on_bad_row)
    examples: splits.Examples = []
    for number, line in text_lines.read(path, encoding):
        if not line.strip():
            continue
        example = None
        if text_lines.is_text(line):
            text = line.removesuffix("\r")
            example = of_line(str(len(examples)), text)
        else:
            rule = text_encodings.rule(line, encoding)
            problems.add(path, number, rule, line)
        examples.append(example)
    problems.close(path, len(examples))
    if not any(examples):
        raise ValueError(
            "A file to predict must have a text on each line. Received: "
            f"{path}, which has no text."
        )
    logging.info(
        "%s is read as %d texts, one on each line. If it is a table, name its "
        "delimiter with --delimiter.",
        path,
        len(examples),
    )
    ids = [str(number) for number in range(len(examples))]
    return splits.Split(name, path, examples, ids)
