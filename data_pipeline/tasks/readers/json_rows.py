"""Reads JSON files with an object on each line, or a list of objects."""

import json
import re
from collections.abc import Iterator
from typing import Any

from data_pipeline.io import json_file
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import text_encodings
from data_pipeline.tasks.readers import text_lines

ENDINGS = (".jsonl", ".ndjson", ".json")
_BEGINNING = re.compile(r'\s*(\[\s*[{\]]|\{\s*["}])')
_LIST = re.compile(r"\s*\[")
_SPACE = re.compile(r"\s*")
_Row = tuple[int | str, dict[str, Any] | None]


def begins(text: str) -> bool:
    """Whether a text begins like such a file."""
    return bool(_BEGINNING.match(text))


def rows(
    path: str, problems: row_problems.Problems, encoding: str | None = None
) -> Iterator[_Row]:
    """Yields (line number from 1 or another name of the row's place, object).

    A row that is not an object is reported, and None takes its place. Values
    have the types that they have in JSON. Blank lines are not rows.

    Args:
        path: path of the file.
        problems: reports malformed rows.
        encoding: encoding of the file. None: use text_encodings.find.
    Raises:
        ValueError: the file begins as a list that is malformed.
        FileNotFoundError: there is no such file.
    """
    start = next(text_lines.chunks(path, encoding))
    if _LIST.match(start):
        return _of_list(path, problems, encoding)
    return _of_lines(path, problems, encoding)


def _of_lines(
    path: str, problems: row_problems.Problems, encoding: str | None
) -> Iterator[_Row]:
    for number, line in text_lines.read(path, encoding):
        if not line.strip():
            continue
        if not text_lines.is_text(line):
            rule = text_encodings.rule(line, encoding)
            problems.add(path, number, rule, line)
            yield number, None
            continue
        try:
            row = json_file.parse(line)
        except ValueError:
            row = None
        row = row if _is_row(row, line) else None
        if row is None:
            rule = (
                "Each line must be a JSON object, or the whole file a list of "
                "objects."
            )
            problems.add(path, number, rule, line)
        yield number, row


def _of_list(
    path: str, problems: row_problems.Problems, encoding: str | None
) -> Iterator[_Row]:
    for number, (line, item, source) in enumerate(_items(path, encoding)):
        # All rows may be on one line.
        place = f"line {line}, row {number} (from 0)"
        row = item if _is_row(item, source) else None
        if row is None:
            problems.add(path, place, "A row must be a JSON object.", item)
        yield place, row


def _is_row(row: Any, source: str) -> bool:
    if not isinstance(row, dict) or "\\u" not in source:
        return isinstance(row, dict)
    try:
        # Escapes can stand for lone surrogates, which are not text.
        return text_lines.is_text(json.dumps(row, ensure_ascii=False))
    except RecursionError:
        return False


def _items(path: str, encoding: str | None) -> Iterator[tuple[int, Any, str]]:
    """Yields (line, item, its JSON) for each item of a list."""
    decoder = json.JSONDecoder()
    text = _Text(path, encoding)
    text.take(_LIST)
    if text.take(re.compile(r"\s*\]")):
        return
    while True:
        text.take(_SPACE)
        line = text.line
        item, source = text.item(decoder)
        yield line, item, source
        if text.take(re.compile(r"\s*\]")):
            break
        if not text.take(re.compile(r"\s*,")):
            raise text.error("an object without a comma or bracket after it")
    text.take(_SPACE)
    if text.rest():
        raise text.error("text after the list")


class _Text:
    """A text that is read from a file piece by piece.

    Attributes:
        line: the number of the current line, from 1.
    """

    def __init__(self, path: str, encoding: str | None):
        self._path, self._encoding = path, encoding
        self._chunks = text_lines.chunks(path, encoding)
        self._text, self._place = "", 0
        self.line = 1

    def take(self, pattern: re.Pattern) -> bool:
        """Moves past a match of the pattern; returns whether there is one."""
        match = pattern.match(self._text, self._place)
        while (not match or match.end() == len(self._text)) and self._more():
            match = pattern.match(self._text, self._place)
        if match:
            self._go(match.end())
        return bool(match)

    def item(self, decoder: json.JSONDecoder) -> tuple[Any, str]:
        """Moves past a JSON value; returns it and its text."""
        while True:
            try:
                item, end = decoder.raw_decode(self._text, self._place)
                if end < len(self._text) or not self._more():
                    break
            except RecursionError:
                raise self.error("brackets nested too deeply") from None
            except ValueError as error:
                if not self._more():
                    self._go(getattr(error, "pos", self._place))
                    raise self.error(getattr(error, "msg", error)) from None
        source = self._text[self._place : end]
        if not text_lines.is_text(source):
            raise self.error(text_encodings.rule(source, self._encoding))
        self._go(end)
        return item, source

    def rest(self) -> str:
        return self._text[self._place :]

    def error(self, what: object) -> ValueError:
        return ValueError(
            f"{self._path}, line {self.line}: A JSON file must be a list of "
            f"objects, or have an object on each line. Received: {what}. "
            "Correct it."
        )

    def _go(self, end: int) -> None:
        self.line += self._text.count("\n", self._place, end)
        self._place = end

    def _more(self) -> bool:
        """Reads the next piece; returns False at the end of the file, or if an
        item is too long."""
        if len(self._text) - self._place > text_lines.LONGEST:
            return False
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text, self._place = self._text[self._place :] + chunk, 0
        return True
