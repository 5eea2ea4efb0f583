"""SQuAD 2.0 for a reader of sentences: questions, and rows to train on.

A small model reads a sentence better than a passage. It is trained on the
sentence with the answer, and on one without; of a passage it reads each
sentence, and the one that most likely has the answer is taken.
"""

import json
import os
import random
import re
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"\w+")


class Question(NamedTuple):
    """A question on a passage.

    Attributes:
        text: the question.
        passage: the passage.
        answers: (first character in the passage, text) of each right answer;
            () if the passage has none.
    """

    text: str
    passage: str
    answers: tuple[tuple[int, str], ...]


def read(folder: str, part: str, most: int) -> list[list[Question]]:
    """The questions of the first articles of a part of SQuAD 2.0.

    Args:
        folder: has the file of the part, such as train-v2.0.json.
        part: "train" or "dev".
        most: articles are taken until they have so many questions.
    Returns:
        The questions of each article.
    Raises:
        FileNotFoundError: the folder does not have the file.
        ValueError: the file is not in SQuAD's layout.
    """
    start = f"{part}-v2.0"
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = [n for n in names if n.startswith(start) and n.endswith(".json")]
    if not found:
        raise FileNotFoundError(
            f"--squad must be a folder with {start}.json. Received: {folder}, "
            "which does not have it. The README says where to download it."
        )
    path = os.path.join(folder, found[0])
    articles: list[list[Question]] = []
    try:
        with open(path, encoding="utf-8") as file:
            for article in json.load(file)["data"]:
                if sum(map(len, articles)) >= most:
                    break
                articles.append(list(_questions(article)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(
            f"{path} must be in the layout of SQuAD 2.0: data, paragraphs and "
            "qas. Received: another layout, or a part of a file. Download it "
            "again."
        ) from None
    return articles


def _questions(article: dict[str, Any]) -> Iterable[Question]:
    for paragraph in article["paragraphs"]:
        for each in paragraph["qas"]:
            yield Question(
                each["question"].strip(),
                paragraph["context"],
                tuple((a["answer_start"], a["text"]) for a in each["answers"]),
            )


def sentences(passage: str) -> list[tuple[int, str]]:
    """The sentences of a passage, each with its first character in it."""
    starts = [0, *(match.end() for match in _END.finditer(passage))]
    ends = [*starts[1:], len(passage)]
    found = [
        (start, passage[start:end].rstrip())
        for start, end in zip(starts, ends, strict=True)
    ]
    return [(start, text) for start, text in found if text]


def with_answers(questions: list[Question]) -> list[tuple[str, str]]:
    """Each question that one sentence answers, and that sentence."""
    found = [(each.text, _answering(each)) for each in questions]
    return [(text, place[1]) for text, place in found if place]


def rows(questions: list[Question], seed: int = 0) -> list[dict[str, Any]]:
    """Questions on single sentences, to train a reader.

    A question with an answer comes with its sentence and with another one. A
    question without comes with the sentence that shares most words with it.
    """
    rng = random.Random(seed)
    found = []
    for each in questions:
        place = _answering(each)
        others = [s for s in sentences(each.passage) if s != place]
        if place:
            start, text = each.answers[0]
            found.append(_row(each, place[1], text, start - place[0]))
        if others and (place or not each.answers):
            most = rng.choice(others) if place else _most_alike(each, others)
            found.append(_row(each, most[1], "", 0))
    rng.shuffle(found)
    return found


def _row(
    question: Question, sentence: str, answer: str, start: int
) -> dict[str, Any]:
    return {
        "question": question.text,
        "context": sentence,
        "answer": answer,
        "answer_start": start,
    }


def _answering(question: Question) -> tuple[int, str] | None:
    """The sentence that holds the first right answer; None if none does."""
    for start, text in sentences(question.passage) if question.answers else ():
        begin, answer = question.answers[0]
        if start <= begin and begin + len(answer) <= start + len(text):
            return start, text
    return None


def _most_alike(
    question: Question, found: list[tuple[int, str]]
) -> tuple[int, str]:
    words = {*_WORD.findall(question.text.lower())}
    return max(
        found, key=lambda each: len(words & {*_WORD.findall(each[1].lower())})
    )
