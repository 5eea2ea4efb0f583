"""Reads tagged sentences from the user's CoNLL files and tables."""

import itertools
from collections.abc import Iterator
from collections.abc import Sequence

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.readers import word_cells
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_spans
from data_pipeline.tasks.tags import word_rows


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of sentences and words."""
    return columns.sentence, columns.words


def targets(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The column of tags."""
    return (columns.tags,)


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> Sequence[example_types.TaggedExample | None]:
    """Reads sentences from a file of any supported layout.

    Each row of a table is a word if a column identifies the sentence; else a
    text with spans, if the first readable row is one; else a sentence.

    Args:
        ids: collects the id of each row that is a sentence.
        others: as in `custom.read`.
    """
    if is_conll(path, columns):
        return conll.read(
            path,
            problems,
            token_column=columns.token_column,
            tag_column=columns.tag_column,
            labelled=columns.labelled,
            encoding=columns.encoding,
        )
    used = [columns.id, *inputs(columns)]
    if columns.labelled:
        used += targets(columns)
    named = tuple(dict.fromkeys(name for name in used if name is not None))
    rows = iter(example_rows.rows(path, problems, columns, named))
    if columns.sentence is not None:
        return word_rows.read(path, problems, columns, rows)
    first, rows = _first(rows)
    if first is not None and entity_spans.are_in(first, columns):
        return entity_spans.read(path, problems, columns, rows)

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.TaggedExample:
        return _sentence(row, columns, name, place)

    return example_rows.read(path, problems, columns, rows, example, ids)


def is_conll(path: str, columns: file_columns.Columns) -> bool:
    """Whether a file is read as a CoNLL file, rather than as a table."""
    return not (columns.delimiter or columns.sentence) and conll.is_in(path)


def _first(
    rows: Iterator[tuple[int | str, cells.Row | None]],
) -> tuple[cells.Row | None, Iterator[tuple[int | str, cells.Row | None]]]:
    """The first readable row, or None, and an iterator over all rows."""
    seen, found = [], None
    for line, row in rows:
        seen.append((line, row))
        if row is not None:
            found = row
            break
    return found, itertools.chain(seen, rows)


def _sentence(
    row: cells.Row, columns: file_columns.Columns, name: str, place: str
) -> example_types.TaggedExample:
    words = word_cells.words(row, columns.words)
    if not columns.labelled:
        return example_types.TaggedExample(name, words, line=place)
    tags = word_cells.tags(row, columns.tags)
    if len(tags) != len(words):
        raise cells.BadRow(
            "Each word must have one tag.",
            f"{len(words)} words, {len(tags)} tags",
        )
    return example_types.TaggedExample(name, words, tags, line=place)
