"""CoNLL files: one word on each line, and a blank line after each sentence.

EU      B-ORG
rejects O

Peter   B-PER
"""

import re
from collections.abc import Iterator
from collections.abc import Sequence

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import json_rows
from data_pipeline.tasks.readers import text_encodings
from data_pipeline.tasks.readers import text_lines

_ENDINGS = (".conll", ".txt")
_TABLES = (*delimited.ENDINGS, *json_rows.ENDINGS)
_START = 1 << 16  # bytes
# Marks the start of a document in the files of CoNLL-2003.
DOCUMENT = "-DOCSTART-"

# A row that breaks a rule: its line number, the rule, and what was received.
_Fault = tuple[int, str, object]


def read(
    path: str,
    problems: row_problems.Problems,
    *,
    token_column: int = 0,
    tag_column: int | None = -1,
    labelled: bool = True,
    encoding: str | None = None,
) -> list[example_types.TaggedExample | None]:
    """Reads the sentences of a file.

    Columns are separated by tabs if the first row contains a tab, so that
    words may contain spaces; otherwise by spaces. -DOCSTART- rows are skipped.
    There are no comments: "#" is a word.

    Args:
        path: the file.
        problems: collects bad rows: invalid UTF-8, an empty word or tag, or a
            number of columns that differs from the first row's.
        token_column, tag_column: column numbers from 0, or from the end, such
            as -1. tag_column=None is the same as labelled=False.
        labelled: whether to read tags.
        encoding: encoding of the file; None to detect it with
            text_encodings.find.
    Returns:
        An example for each sentence, whose id is the number of the sentence,
        from 0; None for a sentence with a bad row.
    Raises:
        ValueError: the file has no rows, or lacks a column.
        FileNotFoundError: the file does not exist.
    """
    if not labelled:
        tag_column = None
    width = None
    tabs = False
    sentences: list[example_types.TaggedExample | None] = []
    for rows in _sentences(path, encoding):
        words, tags = [], []
        fault: _Fault | None = None
        for number, line in rows:
            if width is None:
                tabs = "\t" in line
                width = len(_cells(line, tabs))
                _check_columns(path, number, width, token_column, tag_column)
            cells = _cells(line, tabs)
            if not text_lines.is_text(line):
                rule = text_encodings.rule(line, encoding)
                fault = fault or (number, rule, line)
            fault = fault or _fault(
                number, line, cells, width, token_column, tag_column
            )
            if not fault:
                words.append(cells[token_column])
                if tag_column is not None:
                    tags.append(cells[tag_column])
        if fault:
            problems.add(path, *fault)
            sentences.append(None)
            continue
        sentences.append(
            example_types.TaggedExample(
                str(len(sentences)),
                tuple(words),
                None if tag_column is None else tuple(tags),
                rows[0][0],
                [number for number, _ in rows],
            )
        )
    if not sentences:
        raise ValueError(
            "A CoNLL file must have one word on each line. Received: "
            f"{path}, which has no words. Name another file."
        )
    problems.close(path, len(sentences))
    return sentences


def is_in(path: str) -> bool:
    """Whether a file is in CoNLL's format.

    The file's ending decides; with an unknown ending (.bio, .bmes, .train), a
    text with a blank line that is not JSON is taken for one.
    """
    ending = text_lines.ending(path)
    if ending in _ENDINGS:
        return True
    if ending in _TABLES or not files.exists(path) or files.is_folder(path):
        return False
    with files.open(path, "rb") as file:
        start = file.read(_START).replace(b"\r", b"")
    text = start.decode("utf-8", "replace").lstrip()
    return (
        b"\n\n" in start and b"\0" not in start and not json_rows.begins(text)
    )


def has_tags(path: str) -> bool:
    """Whether the first line with a word has further columns."""
    for _, line in text_lines.read(path):
        if line.strip() and not line.startswith(DOCUMENT):
            return len(line.split("\t" if "\t" in line else None)) > 1
    return False


def write(
    path: str,
    examples: Sequence[example_types.TaggedExample | None],
    tags: Sequence[Sequence[str] | None],
) -> None:
    """Writes predictions: word, gold tag if known, and predicted tag.

    There is one line for each word, with columns separated by tabs. Sentences
    that were skipped (None) are omitted.
    """
    sentences = []
    for example, predicted in zip(examples, tags, strict=True):
        if example is None or predicted is None:
            continue
        columns = [example.words, predicted]
        if example.tags is not None:
            columns.insert(1, example.tags)
        rows = zip(*columns, strict=True)
        sentences.append("".join("\t".join(row) + "\n" for row in rows))
    files.write(path, "\n".join(sentences).encode())


def _sentences(
    path: str, encoding: str | None
) -> Iterator[list[tuple[int, str]]]:
    """Yields the rows of each sentence, with their line numbers."""
    rows: list[tuple[int, str]] = []
    for number, line in text_lines.read(path, encoding):
        line = line.removesuffix("\r")
        # Other white space, such as U+3000, can be a word.
        if line.strip(" \t") and not line.startswith(DOCUMENT):
            rows.append((number, line))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def _cells(line: str, tabs: bool) -> list[str]:
    return line.split("\t") if tabs else re.split(" +", line.strip(" "))


def _check_columns(
    path: str,
    number: int,
    width: int,
    token_column: int,
    tag_column: int | None,
) -> None:
    asked = [token_column] if tag_column is None else [token_column, tag_column]
    found = {column % width for column in asked if -width <= column < width}
    if len(found) < len(asked):
        raise ValueError(
            f"{path} must have the columns {' and '.join(map(str, asked))}, "
            "counted from 0, or from the end if negative. Received: "
            f"{width} column(s) in line {number}. Name other columns, or, if "
            "the file has no tags, read it without labels."
        )


def _fault(
    number: int,
    line: str,
    cells: list[str],
    width: int,
    token_column: int,
    tag_column: int | None,
) -> _Fault | None:
    if len(cells) != width:
        rule = f"Each row must have {width} columns, like the first row."
        return number, rule, line
    if not cells[token_column].strip(" "):
        return number, "Each word must be a non-empty string.", line
    if tag_column is not None and not cells[tag_column].strip(" "):
        return number, "Each tag must be a non-empty string.", line
    return None
