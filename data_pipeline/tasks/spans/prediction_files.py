"""Reads files of predicted answers and null odds."""

import math
from collections.abc import Callable
from typing import Any

from data_pipeline.io import json_file
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits


def read_answers(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> dict[str, str]:
    """Reads predictions.json: the answer to each question, by id.

    Args:
        path: path of the file.
        split: the questions.
        problems: collects entries with an unknown id or a wrong type, which
            are skipped.
    Raises:
        ValueError: the file does not hold a JSON object.
    """
    return _by_id(
        path, split, problems, "a string", lambda x: isinstance(x, str)
    )


def read_null_odds(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> dict[str, float]:
    """Reads null_odds.json: the null score of each question, by id.

    Args and errors: see `read_answers`.
    """
    return _by_id(path, split, problems, "a finite number", _is_finite)


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _by_id(
    path: str,
    split: splits.Split,
    problems: row_problems.Problems,
    what: str,
    is_right: Callable[[Any], bool],
) -> dict[str, Any]:
    content = json_file.read_object(path)
    known = set(split.ids)
    found = {}
    for name, value in content.items():
        place = f"question {name}"
        if name not in known:
            rule = f"Each id must be the id of a question in {split.path}."
            problems.add(path, place, rule, name)
        elif not is_right(value):
            rule = f"The value for each id must be {what}."
            problems.add(path, place, rule, value)
        else:
            found[name] = value
    problems.close(path, len(content))
    return found
