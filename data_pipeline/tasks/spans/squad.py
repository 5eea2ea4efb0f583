"""Reads SQuAD 1.1, SQuAD 2.0 and other files of questions in their form.

    {"data": [{"paragraphs": [{"context": "...", "qas": [
        {"id": "...", "question": "...", "is_impossible": false,
         "answers": [{"text": "...", "answer_start": 17}]}]}]}]}

SQuAD 1.1 has no is_impossible: every question has an answer in its context.
squad_layouts describes the other layouts that are read, and squad_answers the
other forms of answers.
"""

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.spans import squad_answers
from data_pipeline.tasks.spans import squad_layouts


def read(
    path: str,
    problems: row_problems.Problems,
    labelled: bool = True,
    unanswerable: bool = True,
) -> list[example_types.SpanExample | None]:
    """Reads the questions of a file, in file order.

    Consecutive questions on one paragraph share one context object.

    Args:
        path: a JSON file.
        problems: collects bad questions, which are skipped.
        labelled: whether to read answers; if False, they may be missing.
        unanswerable: whether a question without is_impossible may have no
            answer.

    Returns:
        An example for each question, None for a skipped one.

    Raises:
        ValueError: the file is not in this form or has no question; or
            `problems` stops at a bad question.
    """
    examples: list[example_types.SpanExample | None] = []
    seen: set[str] = set()
    unnamed = located = 0
    for number, question in enumerate(squad_layouts.questions(path)):
        name = _id(question, number)
        example = None
        try:
            found = squad_answers.Answers(None)
            checked = _checked_id(question, name, seen)
            if labelled:
                found = squad_answers.read(question, unanswerable)
            example = example_types.SpanExample(
                checked, question.question, question.context, found.answers
            )
            unnamed += question.id is None
            located += found.located
        except cells.BadRow as bad:
            place = f"question {name or f'number {number + 1}'}"
            problems.add(path, question.line or place, bad.rule, bad.received)
        examples.append(example)
        if name is not None:
            seen.add(name)
    _log(path, examples, unnamed, located)
    problems.close(path, len(examples))
    return examples


def question_ids(path: str) -> list[str | None]:
    """The id of every question in a file, including those that `read` skips.

    Predictions are made for skipped questions too. None stands for an invalid
    id.
    """
    return [
        _id(question, number)
        for number, question in enumerate(squad_layouts.questions(path))
    ]


def _log(
    path: str,
    examples: list[example_types.SpanExample | None],
    unnamed: int,
    located: int,
) -> None:
    """Logs the assumptions that were made."""
    total = len(examples)
    if unnamed:
        logging.info(
            "%d of %d questions in %s have no id; their number in the file, "
            "from 0, is used instead.",
            unnamed,
            total,
            path,
        )
    if located:
        logging.info(
            "%d answers in %s have no answer_start; each occurs exactly once "
            "in its context, and that position is used.",
            located,
            path,
        )
    unanswered = sum(
        example is not None and example.answers == () for example in examples
    )
    if unanswered:
        logging.info(
            "%d of %d questions in %s have no answer.", unanswered, total, path
        )


def _id(question: squad_layouts.Question, number: int) -> str | None:
    """The id as a string; None if it is invalid."""
    name = question.id
    if name is None and question.bad_line is None:
        return str(number)
    if squad_answers.is_whole(name):
        return str(int(name))
    return name if squad_answers.is_text(name) else None


def _checked_id(
    question: squad_layouts.Question, name: str | None, seen: set[str]
) -> str:
    """The id of a question, after all of it but its answers is checked.

    Raises:
        cells.BadRow: the question breaks a rule.
    """
    if question.bad_line is not None:
        raise cells.BadRow(
            "Each line must be a JSON object.", question.bad_line
        )
    if name is None:
        raise cells.BadRow(
            "Each id must be a non-empty string or a whole number.", question.id
        )
    if name in seen:
        raise cells.BadRow("Each id must belong to one question only.", name)
    for what, text in (
        ("question", question.question),
        ("context", question.context),
    ):
        if not squad_answers.is_text(text):
            raise cells.BadRow(f"Each {what} must be a non-empty string.", text)
    return name
