"""Reads texts whose entities are spans of characters, as tagged words.

entity_layouts describes the files, and entity_words how texts become words.
"""

import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.spans import squad_answers
from data_pipeline.tasks.tags import entity_layouts
from data_pipeline.tasks.tags import entity_words


class _Text(NamedTuple):
    """A text: its id, its place in the file, and its entities."""

    name: str
    place: str
    text: str
    spans: list[entity_layouts.Span]


def are_in(row: cells.Row, columns: file_columns.Columns) -> bool:
    """Whether a row is a text with spans, rather than words with tags."""
    return (
        columns.words not in row
        and entity_layouts.text_of(row, columns.text) is not None
    )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    rows: Iterable[tuple[int | str, cells.Row | None]],
) -> list[example_types.TaggedExample | None]:
    """Reads the texts of a file; None for a bad one.

    Args:
        path: path of the file, for messages.
        problems: collects bad rows.
        columns: `text` and `label` name the text and its spans, if the names
            in the file differ from those of annotation tools.
        rows: (line, row) of the file; None for a row that is already in
            `problems`.
    """
    texts: list[_Text | None] = []
    place_of: dict[str, str] = {}
    without_spans = 0
    for line, row in rows:
        place = f"line {line}" if isinstance(line, int) else line
        text = None
        if row is not None:
            try:
                name = example_rows.new_id(
                    row, columns.id, str(len(texts)), place, place_of
                )
                text, has_spans = _text(name, place, row, columns)
                without_spans += not has_spans
            except cells.BadRow as bad:
                problems.add(path, place, bad.rule, bad.received)
        texts.append(text)
    known = [text for text in texts if text is not None]
    inclusive = columns.labelled and _are_inclusive(path, known)
    if columns.labelled and without_spans:
        _check_spans(path, without_spans, len(known), columns)
    places = entity_words.places([text.text for text in known])
    examples: list[example_types.TaggedExample | None] = []
    for text in texts:
        example = None
        if text is not None:
            words = next(places)
            try:
                example = _example(text, words, columns, inclusive)
            except cells.BadRow as bad:
                problems.add(path, text.place, bad.rule, bad.received)
        examples.append(example)
    problems.close(path, len(examples))
    return examples


def _text(
    name: str, place: str, row: cells.Row, columns: file_columns.Columns
) -> tuple[_Text, bool]:
    """A text with its spans, and whether the row lists any."""
    text = entity_layouts.text_of(row, columns.text)
    if text is None or not text.strip():
        rule = f"Each row must have a non-empty string {columns.text!r}."
        raise cells.BadRow(rule, list(row) if text is None else text)
    if not columns.labelled:
        return _Text(name, place, text, []), True
    spans = entity_layouts.spans_of(row, columns.label)
    return _Text(name, place, text, spans or []), spans is not None


def _example(
    text: _Text,
    words: tuple[entity_words.Place, ...],
    columns: file_columns.Columns,
    inclusive: bool,
) -> example_types.TaggedExample:
    tags = None
    if columns.labelled:
        found = [_entity(text.text, span, inclusive) for span in text.spans]
        tags = tuple(entity_words.tags(text.text, words, found))
    return example_types.TaggedExample(
        text.name,
        tuple(text.text[start:end] for start, end in words),
        tags,
        text.place,
        text=text.text,
        places=words,
    )


def _entity(
    text: str, span: entity_layouts.Span, inclusive: bool
) -> entity_words.Entity:
    """An entity of a text.

    Args:
        text: the text.
        span: the entity as the file has it.
        inclusive: whether `span.end` is the last character.
    Raises:
        cells.BadRow: the span is invalid.
    """
    if not (
        squad_answers.is_whole(span.start)
        and squad_answers.is_whole(span.end)
        and isinstance(span.kind, str)
        and re.fullmatch("[^\t\r\n]*[^\\s][^\t\r\n]*", span.kind)
    ):
        raise cells.BadRow(
            "Each entity must have whole numbers as start and end, and one "
            "label, a non-empty string without tabs and line ends.",
            tuple(span),
        )
    kind = span.kind.strip()
    start, end = int(span.start), int(span.end) + inclusive
    found = text[max(start, 0) : max(end, 0)]
    if span.surface is None or found.strip() == span.surface.strip():
        return entity_words.Entity(start, end, kind)
    # JavaScript, and so Label Studio, counts the 16-bit units of UTF-16.
    units = text.encode("utf-16-le")
    start, end = (
        len(units[: 2 * max(place, 0)].decode("utf-16-le", "ignore"))
        for place in (start, end)
    )
    if text[start:end].strip() == span.surface.strip():
        return entity_words.Entity(start, end, kind)
    raise cells.BadRow(
        "The start and end of each entity must enclose its text; the text "
        f"there is {found!r}.",
        tuple(span),
    )


def _are_inclusive(path: str, texts: Sequence[_Text]) -> bool:
    """Whether ends are last characters, judged by the texts of entities."""
    votes = [0, 0]
    count = 0
    for text in texts:
        for start, end, _, surface in text.spans:
            count += 1
            if surface and type(start) is type(end) is int:
                for more in (0, 1):
                    votes[more] += text.text[start : end + more] == surface
    if sum(votes):
        how = "as the texts of its entities show"
    else:
        how = "which is assumed, since the file has no texts of entities"
    inclusive = votes[1] > votes[0]
    if count:
        logging.info(
            "The %d entities in %s are spans of characters. The end of a span "
            "is %s, %s.",
            count,
            path,
            "its last character" if inclusive else "after its last character",
            how,
        )
    return inclusive


def _check_spans(
    path: str, without: int, total: int, columns: file_columns.Columns
) -> None:
    """Raises ValueError if no row lists entities; warns if some do not."""
    if without == total:
        raise ValueError(
            "A file for training or scoring tagging must have entities or "
            f"tags. Received: {path}, whose rows have none under "
            f"{columns.label!r}. Name their key with --label_column, or the "
            "column of words with --words_column."
        )
    logging.warning(
        "%d of %d rows in %s do not list entities; they are assumed to have "
        "none.",
        without,
        total,
        path,
    )
