"""RACE, straight from the official archive: one file a passage."""

import os

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

    A file is a JSON object with article, questions, options and answers. The
    id of a question is that of its passage and its number, the group of an
    example its level.

    Args:
        data_dir: the archive's folder.
        split: train, dev or test.
        problems: takes bad questions and files.
        level: middle, high, or all.
        labelled: whether there must be answers.
    Raises:
        FileNotFoundError: no such files.
    """
    found, total = [], 0
    for name in LEVELS if level == "all" else (level,):
        paths = files.glob(os.path.join(data_dir, split, name, "*.txt"))
        total += len(paths)
        for path in sorted(paths, key=_number):
            found += _passage(path, name, problems, labelled)
    if not total:
        raise FileNotFoundError(
            "RACE must lie in the folders of its archive, such as "
            f"{os.path.join(data_dir, split, 'high')}/*.txt. Received: "
            f"--data_dir={data_dir} without any for --level={level}."
        )
    problems.close(os.path.join(data_dir, split), len(found))
    return found


def _number(path: str) -> tuple[int, str]:
    """Passages are numbered; so that 9 comes before 10."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return (int(stem) if stem.isdecimal() else -1, stem)


def _passage(path, level, problems, labelled):
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
    # RecursionError: brackets nested by the thousand.
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        whole, passage = False, f"{type(error).__name__}: {error}"
    if not whole:
        problems.add(
            path,
            "its object",
            "A passage must have an article, and questions, options and "
            "answers of one number.",
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
            *parts,
            problems,
        )
        for number, parts in enumerate(
            zip(questions, options, answers, strict=True)
        )
    ]


def _question(
    identity, where, level, article, question, options, answer, problems
):
    is_list = isinstance(options, list) and len(options) == len(LETTERS)
    if not is_list or not all(isinstance(option, str) for option in options):
        problems.add(*where, "A question must have 4 options.", options)
        return None
    if answer is not None and answer not in tuple(LETTERS):
        problems.add(*where, "An answer must be A, B, C or D.", answer)
        return None
    if not article.strip():
        problems.add(*where, "A passage must hold text.", article)
        return None
    return example_types.ChoiceExample(
        identity,
        article,
        tuple(_filled(question, option) for option in options),
        None if answer is None else LETTERS.index(answer),
        level,
    )


def _filled(question: str, option: str) -> str:
    """The option in the gap, or after the question, as the original has it."""
    if "_" in question:
        return question.replace("_", option)
    return f"{question} {option}"
