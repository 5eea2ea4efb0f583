"""SQuAD 1.1 and 2.0, and what is written in their form: questions on texts.

    {"data": [{"paragraphs": [{"context": "...", "qas": [
        {"id": "...", "question": "...", "is_impossible": false,
         "answers": [{"text": "...", "answer_start": 17}]}]}]}]}

SQuAD 1.1 has no is_impossible: every question has its answer in the context.
Other layouts are those of squad_layouts, other forms of answers those of
squad_answers.
"""

from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import squad_answers
from data_pipeline.tasks.spans import squad_layouts


def read(
    path: str,
    problems: row_problems.Problems,
    labelled: bool = True,
    unanswerable: bool = True,
) -> list[example_types.SpanExample | None]:
    """Reads the questions of a file, in its order.

    Neighbouring questions on one paragraph have the same context object.

    Args:
        path: a JSON file.
        problems: takes the questions that are left out.
        labelled: False does not look at answers, which may be missing.
        unanswerable: whether a question may have no answer where is_impossible
            does not say so.

    Returns:
        An example for each question, None for one that was left out.

    Raises:
        ValueError: the file is not of this form, or has no question; or
            `problems` stops at a bad one.
    """
    examples: list[example_types.SpanExample | None] = []
    seen: set[str] = set()
    unnamed = located = 0
    for number, question in enumerate(squad_layouts.questions(path)):
        name = _id(question, number)
        fault = _fault(question, name, seen)
        found = squad_answers.Answers(None)
        if labelled and fault is None:
            found = squad_answers.read(question, unanswerable)
            fault = found.fault
        if fault is None:
            examples.append(
                example_types.SpanExample(
                    name, question.question, question.context, found.answers
                )
            )
            unnamed += question.id is None
            located += found.located
        else:
            examples.append(None)
            place = f"question {name or f'number {number + 1}'}"
            problems.add(path, question.line or place, *fault)
        seen.add(name)
    _log(path, examples, unnamed, located)
    problems.close(path, len(examples))
    return examples


def question_ids(path: str) -> list[str | None]:
    """The id of every question, as long as what `read` gives; None for one
    that has none. For predictions, which questions left out have too."""
    return [
        _id(question, number)
        for number, question in enumerate(squad_layouts.questions(path))
    ]


def _log(path, examples, unnamed: int, located: int) -> None:
    """Says what was taken for granted."""
    total = len(examples)
    if unnamed:
        logging.info(
            "%d of %d questions of %s have no id; they are named by their "
            "number in the file, from 0.",
            unnamed,
            total,
            path,
        )
    if located:
        logging.info(
            "%d answers of %s have no answer_start; each occurs once in its "
            "context and is taken from there.",
            located,
            path,
        )
    silent = sum(
        example is not None and example.answers == () for example in examples
    )
    if silent:
        logging.info(
            "%d of %d questions of %s have no answer.", silent, total, path
        )


def _id(question: squad_layouts.Question, number: int) -> str | None:
    """The id as a text; None if it can be none."""
    name = question.id
    if name is None and question.bad_line is None:
        return str(number)
    if squad_answers.is_whole(name):
        return str(int(name))
    return name if squad_answers.is_text(name) else None


def _fault(
    question: squad_layouts.Question, name: str | None, seen: set[str]
) -> tuple[str, object] | None:
    """The rule that a question breaks, and what was received."""
    if question.bad_line is not None:
        return "Each line must be a JSON object.", question.bad_line
    if name is None:
        rule = "Each id must be a non-empty string or a whole number."
        return rule, question.id
    if name in seen:
        return "Each id must be of one question only.", name
    if not squad_answers.is_text(question.question):
        rule = "Each question must be a non-empty string."
        return rule, question.question
    if not squad_answers.is_text(question.context):
        rule = "Each context must be a non-empty string."
        return rule, question.context
    return None
