"""Reads the correct answers of a question, in any of several forms.

[{"text": "Ada", "answer_start": 17}]         SQuAD
{"text": ["Ada"], "answer_start": [17]}       `datasets`
["Ada"]  or  "Ada"                            CMRC 2018
[]  or  ""  or  null                          no answer in the context
"""

from typing import Any
from typing import NamedTuple

from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.spans import squad_layouts

_TRUTHS = {"true": True, "false": False}


class Answers(NamedTuple):
    """The answers of a question.

    answers: (first character in the context, text) of each; () if there is no
        answer, None if they were not read.
    located: how many have no answer_start and were searched for.
    """

    answers: tuple[tuple[int, str], ...] | None
    located: int = 0


def read(question: squad_layouts.Question, unanswerable: bool) -> Answers:
    """Reads the answers of a question whose context is a string.

    Args:
        question: a question of a file.
        unanswerable: whether a question without is_impossible may have no
            answer.
    Raises:
        cells.BadRow: the answers break a rule.
    """
    is_impossible = question.is_impossible
    if isinstance(is_impossible, str):
        is_impossible = _TRUTHS.get(is_impossible.strip().lower(), "other")
    if is_impossible is not None and not isinstance(is_impossible, bool):
        raise cells.BadRow(
            "is_impossible must be true or false.", question.is_impossible
        )
    # "plausible_answers" are not answers; some files also list them under
    # "answers".
    if is_impossible:
        return Answers(())
    rows = _listed(question.answers)
    must_have = is_impossible is False or not unanswerable
    if not rows and (must_have or not question.is_answered):
        raise cells.BadRow(
            "Each question must have an answer, unless is_impossible is true.",
            question.answers,
        )
    places = [_place(question.context, text, start) for text, start in rows]
    return Answers(
        tuple((place, row[0]) for place, row in zip(places, rows, strict=True)),
        sum(start is None for _, start in rows),
    )


def is_text(value: Any) -> bool:
    """Whether a value is a non-empty string of whole characters.

    JSON may hold half a character ("\\ud800").
    """
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, such as 22 or 22.0."""
    if isinstance(value, float):
        return value.is_integer()
    return type(value) is int  # not a bool


def _listed(answers: Any) -> list[tuple[Any, Any]]:
    """(text, answer_start or None) of each answer."""
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
        if not isinstance(texts, list):
            texts, starts = [texts], [starts]
        if starts is None:
            starts = [None] * len(texts)
        if not isinstance(starts, list) or len(starts) != len(texts):
            raise _bad(answers)
        rows = list(zip(texts, starts, strict=True))
    elif isinstance(answers, list):
        rows = [
            (row.get("text"), row.get("answer_start"))
            if isinstance(row, dict)
            else (row, None)
            for row in answers
        ]
    elif answers is None or isinstance(answers, str):
        rows = [(answers, None)]
    else:
        raise _bad(answers)
    return [row for row in rows if row[0] not in (None, "")]


def _bad(answers: Any) -> cells.BadRow:
    return cells.BadRow(
        "Answers must be a list of objects or strings, or an object with two "
        "lists of equal length, text and answer_start.",
        answers,
    )


def _place(context: str, text: Any, start: Any) -> int:
    """The first character of an answer in its context.

    Raises:
        cells.BadRow: the answer is not there.
    """
    received = {"text": text, "answer_start": start}
    if not is_text(text):
        raise cells.BadRow("Each answer must be a non-empty string.", received)
    if start is None:
        return _only_place(context, text, received)
    if not is_whole(start) or not 0 <= start < len(context):
        raise cells.BadRow(
            "answer_start must be a whole number from 0 to "
            f"{len(context) - 1}, the last character of the context.",
            received,
        )
    place = int(start)
    found = context[place : place + len(text)]
    if found != text:
        raise cells.BadRow(
            "Each answer must occur in its context at answer_start; the text "
            f"there is {found!r}.",
            received,
        )
    return place


def _only_place(context: str, text: str, received: dict[str, Any]) -> int:
    place = context.find(text)
    if place < 0:
        raise cells.BadRow("Each answer must occur in its context.", received)
    if context.find(text, place + 1) > 0:
        raise cells.BadRow(
            "An answer that occurs more than once in its context must have an "
            "answer_start.",
            received,
        )
    return place
