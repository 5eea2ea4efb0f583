"""Finds the questions in files of SQuAD's layout and related ones.

    SQuAD, DRCD    {"data": [{"paragraphs": [{"context", "qas": [question]}]}]}
                   or only its list of articles or paragraphs
    CMRC 2018      [{"context_text", "qas": [{"query_id", "query_text",
                   "answers": [text]}]}]
    flat           [{"context", "id", "question", "answers"}]

The file may also have one of these objects on each line, as `datasets` writes
them.
"""

import json
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from data_pipeline.io import json_file
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import text_lines

_WHOLE = ".json"
_LINES = (".jsonl", ".ndjson")
_CONTEXTS = ("context", "context_text")
_QUESTIONS = ("question", "query_text")
_IDS = ("id", "query_id", "qid")
_NESTED = ("data", "paragraphs", "qas")


class Question(NamedTuple):
    """A question as a file has it; values may have any type.

    line: its line number, from 1, if the file has an object on each line.
    answers: the value of "answers", or those of "answer" and "answer_start".
    is_answered: whether the file has these keys, even if `answers` is None.
    bad_line: the text of the line, if it is not a JSON object.
    """

    line: int | None
    context: Any = None
    id: Any = None
    question: Any = None
    answers: Any = None
    is_answered: bool = False
    is_impossible: Any = None
    bad_line: str | None = None


def questions(path: str) -> Iterator[Question]:
    """Yields the questions of a file, in file order.

    Consecutive questions on one paragraph share one context object.

    Raises:
        ValueError: the file has none of these layouts, or no question.
        FileNotFoundError: the file does not exist.
    """
    count = 0
    before = None
    for line, node in _nodes(path):
        if isinstance(node, str):
            yield Question(line, bad_line=node)
            continue
        for row, context in _rows(path, node):
            if not isinstance(context, str) or context != before:
                before = context
            count += 1
            yield _question(line, before, row)
    if not count:
        raise _error(path, "at least one question", "none")


def are_in(path: str, answer: str) -> bool:
    """Whether a file has such a layout, rather than rows of a table.

    Args:
        path: the file.
        answer: the column of answers in tables.
    Raises:
        FileNotFoundError: the file does not exist.
    """
    ending = text_lines.ending(path)
    if ending not in (_WHOLE, *_LINES):
        return False
    start = next(text_lines.chunks(path)).lstrip()
    try:
        first = start.removeprefix("[").lstrip()
        row, _ = json.JSONDecoder().raw_decode(first)
    except (ValueError, RecursionError):
        row = None  # longer than a chunk, or damaged
    if not isinstance(row, dict):
        return ending == _WHOLE
    if answer in row or set(_NESTED) & set(row):
        return answer not in row
    return "answers" in row or (ending == _WHOLE and "question" in row)


def _nodes(path: str) -> Iterator[tuple[int | None, dict[str, Any] | str]]:
    """Yields (line, object) for each object at the top level of a file.

    The line is None in a file that is one JSON value. For a line that is not
    an object, its text is yielded instead.
    """
    if text_lines.ending(path) in _LINES:
        yield from _lines(path)
        return
    text = "".join(text_lines.chunks(path))
    if not text_lines.is_text(text):
        raise _error(path, "text in UTF-8", "another encoding")
    try:
        content = json_file.parse(text)
    except ValueError as fault:
        # Several objects: one on each line, whatever the ending says.
        if not str(fault).startswith("Extra data"):
            raise _error(path, "valid JSON", str(fault)) from None
        yield from _lines(path)
        return
    if isinstance(content, dict) and "data" in content:
        content = _list(path, content, "data")
    for node in content if isinstance(content, list) else [content]:
        if not isinstance(node, dict):
            raise _error(path, "objects as articles and questions", node)
        yield None, node


def _lines(path: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in text_lines.read(path):
        try:
            node = json_file.parse(line)
        except ValueError:
            node = None
        if line.strip():
            yield number, node if isinstance(node, dict) else line


def _rows(
    path: str, node: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yields (question, context) from an article, a paragraph or a question."""
    paragraphs = [node]
    if "paragraphs" in node:
        paragraphs = _list(path, node, "paragraphs")
    for paragraph in paragraphs:
        rows = [paragraph]
        if not isinstance(paragraph, dict) or not set(_QUESTIONS) & set(
            paragraph
        ):
            rows = _list(path, paragraph, "qas")
        for row in rows:
            if not isinstance(row, dict):
                raise _error(path, "objects as questions", row)
            yield row, _value(paragraph, _CONTEXTS)


def _question(line: int | None, context: Any, row: dict[str, Any]) -> Question:
    answers = row.get("answers")
    if "answers" not in row and row.get("answer"):
        start = row.get("answer_start")
        answers = {"text": row["answer"], "answer_start": start}
    return Question(
        line,
        context,
        _value(row, _IDS),
        _value(row, _QUESTIONS),
        answers,
        "answers" in row or "answer" in row,
        row.get("is_impossible"),
    )


def _value(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if name in row), None)


def _list(path: str, value: Any, key: str) -> list[Any]:
    if not isinstance(value, dict) or not isinstance(value.get(key), list):
        received = sorted(value) if isinstance(value, dict) else value
        raise _error(path, f'an object with a list "{key}"', received)
    return value[key]


def _error(path: str, needed: str, received: Any) -> ValueError:
    return ValueError(
        f"{path} must have SQuAD's layout, with {needed}. Received: "
        f"{row_problems.shortened(received)}. Check that it is the right file "
        "and complete; SQuAD's files have names such as train-v2.0.json."
    )
