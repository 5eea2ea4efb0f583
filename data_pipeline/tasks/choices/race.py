"""Reads RACE from its official archive, one file for each passage."""

import os
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems

LEVELS = ("middle", "high")
LETTERS = "ABCD"


def read(
    data_dir: str,
    split: str,
    problems: row_problems.Problems,
    *,
    level: str = "all",
    labelled: bool = True,
) -> list[example_types.ChoiceExample | None]:
    """The questions of data_dir/split/{middle,high}/*.txt.

    A file is a JSON object with article, questions, options and answers. An
    example's id is made of its level, its passage and its number; its group is
    its level.

    Args:
        data_dir: the archive's folder.
        split: train, dev or test.
        problems: reports malformed questions and files.
        level: middle, high, or all.
        labelled: whether to read answers, which are then required.
    Raises:
        FileNotFoundError: there are no such files.
    """
    found: list[example_types.ChoiceExample | None] = []
    total = 0
    for name in LEVELS if level == "all" else (level,):
        paths = files.glob(os.path.join(data_dir, split, name, "*.txt"))
        total += len(paths)
        for path in sorted(paths, key=_number):
            found += _passage(path, name, problems, labelled)
    if not total:
        raise FileNotFoundError(
            "--data_dir must have the folders of RACE's archive, such as "
            f"{os.path.join(data_dir, split, 'high')}/*.txt. Received: "
            f"--data_dir={data_dir}, without files for --level={level}. Name "
            "the archive's folder."
        )
    problems.close(os.path.join(data_dir, split), len(found))
    return found


def _number(path: str) -> tuple[int, str]:
    """Sorts passages by number, so that 9 comes before 10."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return (int(stem) if stem.isdecimal() else -1, stem)


def _passage(
    path: str, level: str, problems: row_problems.Problems, labelled: bool
) -> list[example_types.ChoiceExample | None]:
    passage: Any
    try:
        passage = json_file.read_object(path)
        article, questions = passage["article"], passage["questions"]
        options = passage["options"]
        answers = passage["answers"] if labelled else [None] * len(questions)
        whole = (
            isinstance(article, str)
            and len(questions) == len(options) == len(answers)
            and all(isinstance(question, str) for question in questions)
        )
    except (ValueError, KeyError, TypeError) as error:
        whole, passage = False, f"{type(error).__name__}: {error}"
    if not whole:
        problems.add(
            path,
            "its object",
            "A passage must have an article, and equal numbers of questions, "
            "options and answers.",
            passage,
        )
        return [None]
    stem = os.path.splitext(os.path.basename(path))[0]
    return [
        _question(
            f"{level}{stem}-{number}",
            (path, f"question {number}"),
            level,
            article,
            question,
            choices,
            answer,
            problems,
        )
        for number, (question, choices, answer) in enumerate(
            zip(questions, options, answers, strict=True)
        )
    ]


def _question(
    identity: str,
    where: tuple[str, str],
    level: str,
    article: str,
    question: str,
    options: Any,
    answer: Any,
    problems: row_problems.Problems,
) -> example_types.ChoiceExample | None:
    path, place = where
    is_list = isinstance(options, list) and len(options) == len(LETTERS)
    if not is_list or not all(isinstance(option, str) for option in options):
        problems.add(path, place, "A question must have 4 options.", options)
        return None
    if answer is not None and answer not in tuple(LETTERS):
        problems.add(path, place, "An answer must be A, B, C or D.", answer)
        return None
    if not article.strip():
        problems.add(path, place, "A passage must not be empty.", article)
        return None
    return example_types.ChoiceExample(
        identity,
        article,
        tuple(_filled(question, option) for option in options),
        None if answer is None else LETTERS.index(answer),
        level,
    )


def _filled(question: str, option: str) -> str:
    """The question with the option in its gap or, without a gap, after it, as
    in google-research/albert."""
    if "_" in question:
        return question.replace("_", option)
    return f"{question} {option}"
