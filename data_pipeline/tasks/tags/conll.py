"""Columns as CoNLL has them: a word a line, a blank line after a sentence.

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
# Where a document begins in the files of CoNLL-2003.
DOCUMENT = "-DOCSTART-"

# What is wrong with a row: number of its line, the rule, what was received.
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
    """Reads the sentences of a file; None for one with a bad row.

    Columns are separated by tabs if the first row has a tab, so that words
    may hold spaces, otherwise by spaces. -DOCSTART- rows are left out. There
    are no comments: "#" is a word.

    Args:
        path: the file.
        problems: told of bad rows: no UTF-8, an empty word or tag, or another
            number of columns than the first row has.
        token_column, tag_column: from 0, or from the end as -1. tag_column
            None as labelled=False.
        labelled: whether to read tags.
        encoding: of the file. None: by text_encodings.find.
    Returns:
        Examples whose id is the number of the sentence, from 0; each word is
        a line further than the one before.
    Raises:
        ValueError: the file has no rows, or not these columns.
        FileNotFoundError: no such file.
    """
    if not labelled:
        tag_column = None
    width = None
    tabs = False
    sentences: list[example_types.TaggedExample | None] = []
    for rows in _sentences(path, encoding):
        words, tags, fault = [], [], None
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
            f"A CoNLL file must have a word a line. Received: {path}, which "
            "has none. Name another file."
        )
    problems.close(path, len(sentences))
    return sentences


def is_in(path: str) -> bool:
    """Whether a file has columns as CoNLL has them: by its ending, or where it
    has none of a table's (.bio, .bmes, .train) by a blank line in a text that
    is no JSON."""
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
    """Whether the first line with a word has more columns than that."""
    for _, line in text_lines.read(path):
        if line.strip() and not line.startswith(DOCUMENT):
            return len(line.split("\t" if "\t" in line else None)) > 1
    return False


def write(
    path: str,
    examples: Sequence[example_types.TaggedExample | None],
    tags: Sequence[Sequence[str] | None],
) -> None:
    """Writes predicted tags: word, gold tag if there is one, predicted tag.

    One line for each word, in order; columns are separated by tabs. Sentences
    that were not read (None) have no words and are left out.
    """
    sentences = []
    for example, predicted in zip(examples, tags, strict=True):
        if example is None:
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
    """The rows of each sentence, with the numbers of their lines."""
    rows: list[tuple[int, str]] = []
    for number, line in text_lines.read(path, encoding):
        line = line.removesuffix("\r")
        # Other white space, as U+3000, can be a word.
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
            f"counted from 0 or, as -1, from the end. Received: {width} "
            f"column(s) in line {number}. Name other columns, or, if the file "
            "has no tags, read it without labels."
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
        rule = f"Each row must have {width} columns, as the first one has."
        return number, rule, line
    if not cells[token_column].strip(" "):
        return number, "Each word must be non-empty.", line
    if tag_column is not None and not cells[tag_column].strip(" "):
        return number, "Each tag must be non-empty.", line
    return None
