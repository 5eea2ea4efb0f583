"""The right answers of a question, in the forms that files have them in.

[{"text": "Ada", "answer_start": 17}]         SQuAD
{"text": ["Ada"], "answer_start": [17]}       `datasets`
["Ada"]  or  "Ada"                            CMRC 2018
[]  or  ""  or  null                          the context has no answer
"""

from typing import Any
from typing import NamedTuple

from data_pipeline.tasks.spans import squad_layouts

_TRUTHS = {"true": True, "false": False}


class Answers(NamedTuple):
    """What was read.

    answers: (first character in the context, text) of each; () for none.
    located: how many came without their first character.
    fault: the rule that is broken, and what was received; or None.
    """

    answers: tuple[tuple[int, str], ...] | None
    located: int = 0
    fault: tuple[str, Any] | None = None


def read(question: squad_layouts.Question, unanswerable: bool) -> Answers:
    """Reads the answers of a question whose context is a text.

    Args:
        question: of a file.
        unanswerable: whether it may have none where is_impossible does not
            say so.
    """
    is_impossible = question.is_impossible
    if isinstance(is_impossible, str):
        is_impossible = _TRUTHS.get(is_impossible.strip().lower(), "other")
    if is_impossible is not None and not isinstance(is_impossible, bool):
        rule = "is_impossible must be true or false."
        return _wrong(rule, question.is_impossible)
    # Answers that only look right ("plausible_answers") are no answers; some
    # files list them under "answers" too.
    if is_impossible:
        return Answers(())
    rows = _listed(question.answers)
    if rows is None:
        return _wrong(
            "Answers must be a list of objects or texts, or an object with "
            "lists of as many texts and places.",
            question.answers,
        )
    must_have = is_impossible is False or not unanswerable
    if not rows and (must_have or not question.is_answered):
        return _wrong(
            "Each question must have an answer, unless is_impossible is true.",
            question.answers,
        )
    found, located = [], 0
    for text, start in rows:
        if start is None:
            located += 1
            place, rule = _only_place(question.context, text)
        else:
            place, rule = _place(question.context, text, start)
        if rule:
            return _wrong(rule, {"text": text, "answer_start": start})
        found.append((place, text))
    return Answers(tuple(found), located)


def is_text(value: Any) -> bool:
    """Whether it can be read: JSON may hold half a character ("\\ud800")."""
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, as 22 and 22.0 are."""
    if isinstance(value, float):
        return value.is_integer()
    return type(value) is int  # no bool


def _wrong(rule: str, received: Any) -> Answers:
    return Answers(None, fault=(rule, received))


def _listed(answers: Any) -> list[tuple[Any, Any]] | None:
    """(text, first character) of each; None if they have another form."""
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
        if not isinstance(texts, list):
            texts, starts = [texts], [starts]
        if starts is None:
            starts = [None] * len(texts)
        if not isinstance(starts, list) or len(starts) != len(texts):
            return None
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
        return None
    return [row for row in rows if row[0] not in (None, "")]


def _place(context: str, text: Any, start: Any) -> tuple[int, str | None]:
    """The first character of an answer, and the rule that it breaks."""
    if not is_text(text):
        return 0, "Each answer must be a non-empty string."
    if not is_whole(start) or not 0 <= start < len(context):
        return 0, (
            "answer_start must be a whole number from 0, below the "
            f"{len(context)} characters of the context."
        )
    place = int(start)
    found = context[place : place + len(text)]
    if found != text:
        return 0, (
            "Each answer must stand in the context at answer_start, where "
            f"{found!r} is."
        )
    return place, None


def _only_place(context: str, text: Any) -> tuple[int, str | None]:
    """The same of an answer whose first character is not said."""
    if not is_text(text):
        return 0, "Each answer must be a non-empty string."
    place = context.find(text)
    if place < 0:
        return 0, "Each answer must stand in the context."
    if context.find(text, place + 1) > 0:
        return 0, (
            "An answer that occurs more than once in its context must have "
            "answer_start."
        )
    return place, None
