"""Where files in SQuAD's form, and in that of its relatives, have questions.

    SQuAD, DRCD    {"data": [{"paragraphs": [{"context", "qas": [question]}]}]}
                   or its list alone, of articles or of paragraphs
    CMRC 2018      [{"context_text", "qas": [{"query_id", "query_text",
                   "answers": [text]}]}]
    flat           [{"context", "id", "question", "answers"}]

Any of these objects may also stand on a line each, as `datasets` writes them.
"""

import json
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import text_lines

_WHOLE = ".json"
_LINES = (".jsonl", ".ndjson")
_CONTEXTS = ("context", "context_text")
_QUESTIONS = ("question", "query_text")
_IDS = ("id", "query_id", "qid")
_NESTED = ("data", "paragraphs", "qas")


class Question(NamedTuple):
    """What a file says of a question, of whatever types.

    line: where it is, from 1, if the file has an object on each line.
    answers: the values of "answers", or of "answer" and "answer_start"; None
        also where there are none, which `is_answered` tells apart.
    bad_line: the line, if it is no object.
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
    """The questions of a file, in its order.

    Neighbouring ones on one paragraph have the same context object.

    Raises:
        ValueError: the file is not of one of these forms, or has no question.
        FileNotFoundError: no such file.
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
        raise _error(path, "there is a question", "none")


def are_in(path: str, answer: str) -> bool:
    """Whether a file has questions in such a layout, rather than the rows of a
    table with one answer each.

    Args:
        path: the file.
        answer: the column of answers in tables.
    Raises:
        FileNotFoundError: no such file.
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
    """(line, object) of each object that a file consists of; of a line that
    is no object the text."""
    if text_lines.ending(path) in _LINES:
        yield from _lines(path)
        return
    text = "".join(text_lines.chunks(path))
    if not text_lines.is_text(text):
        raise _error(path, "the file is UTF-8 JSON", "another encoding")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as fault:
        # Several objects: one on each line, whatever the ending says.
        if not str(fault).startswith("Extra data"):
            raise _error(path, "the file is JSON", str(fault)) from None
        yield from _lines(path)
        return
    if isinstance(content, dict) and "data" in content:
        content = _list(path, content, "data")
    for node in content if isinstance(content, list) else [content]:
        if not isinstance(node, dict):
            raise _error(path, "articles and questions are objects", node)
        yield None, node


def _lines(path: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in text_lines.read(path):
        try:
            node = json.loads(line)
        except (ValueError, RecursionError):
            node = None
        if line.strip():
            yield number, node if isinstance(node, dict) else line


def _rows(
    path: str, node: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """(question, context) of all in an article, a paragraph or a question."""
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
                raise _error(path, "a question is an object", row)
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
        rule = f'there is an object with a list "{key}"'
        raise _error(path, rule, received)
    return value[key]


def _error(path: str, rule: str, received: Any) -> ValueError:
    return ValueError(
        f"{path} must have the form of SQuAD, where {rule}. Received: "
        f"{row_problems.shortened(received)}. Is it another file, or cut off? "
        "SQuAD's own are named train-v2.0.json and the like."
    )
