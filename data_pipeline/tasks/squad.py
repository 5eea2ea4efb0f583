"""SQuAD 1.1 and 2.0, and what is written in their form: questions on texts.

    {"data": [{"paragraphs": [{"context": "...", "qas": [
        {"id": "...", "question": "...", "is_impossible": false,
         "answers": [{"text": "...", "answer_start": 17}]}]}]}]}

SQuAD 1.1 has no is_impossible: every question has its answer in the context.
"""

import json
from collections.abc import Iterator
from typing import Any

from data_pipeline import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import problems as problems_lib


def read(
    path: str, problems: problems_lib.Problems, labelled: bool = True
) -> list[examples_lib.SpanExample | None]:
    """Reads the questions of a file, in its order.

    Neighbouring questions on one paragraph have the same context object.

    Args:
        path: a JSON file.
        problems: takes the questions that are left out.
        labelled: False does not look at answers, which may be missing.

    Returns:
        An example for each question, None for one that was left out.

    Raises:
        ValueError: the file is not of this form, or has no question; or
            `problems` stops at a bad one.
    """
    examples: list[examples_lib.SpanExample | None] = []
    seen: set[str] = set()
    for context, row in _questions(path):
        name = _id(row)
        if name is None:
            place = f"question number {len(examples) + 1}"
        else:
            place = f"question {name}"
        fault = _fault(context, row, seen)
        answers = None
        if labelled and fault is None:
            answers, fault = _answers(context, row)
        if fault is None:
            examples.append(
                examples_lib.SpanExample(
                    name, row["question"], context, answers
                )
            )
        else:
            examples.append(None)
            problems.add(path, place, *fault)
        seen.add(name)
    problems.close(path, len(examples))
    return examples


def question_ids(path: str) -> list[str | None]:
    """The id of every question, as long as what `read` gives; None for one
    that has none. For predictions, which questions left out have too."""
    return [_id(row) for _, row in _questions(path)]


def _questions(path: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The context and the row of every question."""
    try:
        data = json.loads(files.read(path).decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _not_squad(path, "the file is UTF-8 JSON", str(error)) from None
    number = 0
    for article in _list(path, data, "data"):
        for paragraph in _list(path, article, "paragraphs"):
            for row in _list(path, paragraph, "qas"):
                if not isinstance(row, dict):
                    raise _not_squad(path, "a question is an object", row)
                number += 1
                yield paragraph.get("context"), row
    if not number:
        raise _not_squad(path, "there is a question", "none")


def _list(path: str, value: Any, key: str) -> list[Any]:
    if not isinstance(value, dict) or not isinstance(value.get(key), list):
        received = sorted(value) if isinstance(value, dict) else value
        raise _not_squad(
            path, f'there is an object with a list "{key}"', received
        )
    return value[key]


def _not_squad(path: str, rule: str, received: Any) -> ValueError:
    text = repr(received)
    return ValueError(
        f"{path} must have the form of SQuAD, where {rule}. Received: "
        f"{text if len(text) <= 80 else text[:77] + '...'}. Is it another "
        "file, or cut off? SQuAD's own are named train-v2.0.json and the like."
    )


def _id(row: dict[str, Any]) -> str | None:
    return row["id"] if _is_text(row.get("id")) else None


def _is_text(value: Any) -> bool:
    """Whether it can be read: JSON may hold half a character ("\\ud800")."""
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _fault(
    context: Any, row: dict[str, Any], seen: set[str]
) -> tuple[str, Any] | None:
    """The rule that a question breaks, and what was received."""
    if _id(row) is None:
        return "A question has a text as its id.", row.get("id")
    if row["id"] in seen:
        return "An id names one question only.", row["id"]
    if not _is_text(row.get("question")):
        return "A question is a text, not empty.", row.get("question")
    if not _is_text(context):
        return "A context is a text, not empty.", context
    return None


def _answers(
    context: str, row: dict[str, Any]
) -> tuple[tuple[tuple[int, str], ...], tuple[str, Any] | None]:
    """The right answers of a question; or the rule that they break."""
    # Answers that only look right ("plausible_answers") are no answers; some
    # files list them under "answers" too.
    if row.get("is_impossible"):
        return (), None
    rows = row.get("answers")
    if not isinstance(rows, list) or not rows:
        return (), (
            "A question has a list of answers, not empty unless is_impossible "
            "is true.",
            rows,
        )
    answers = []
    for answer in rows:
        fault = _answer_fault(context, answer)
        if fault:
            return (), (fault, answer)
        answers.append((answer["answer_start"], answer["text"]))
    return tuple(answers), None


def _answer_fault(context: str, answer: Any) -> str | None:
    if not isinstance(answer, dict) or not _is_text(answer.get("text")):
        return "An answer is an object with a text, not empty."
    start = answer.get("answer_start")
    if type(start) is not int or not 0 <= start < len(context):  # no bool
        return (
            "answer_start is a whole number from 0, below the "
            f"{len(context)} characters of the context."
        )
    found = context[start : start + len(answer["text"])]
    if found != answer["text"]:
        return (
            f"An answer stands in the context at answer_start, not {found!r}."
        )
    return None
