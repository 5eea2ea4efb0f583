"""Reads files of predicted answers and null odds."""

import json
import math
from collections.abc import Callable
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits


def read_answers(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> dict[str, str]:
    """The answers of predictions.json, by id of the question."""
    return _by_id(path, split, problems, "a text", lambda x: isinstance(x, str))


def read_null_odds(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> dict[str, float]:
    """The null scores of null_odds.json, by id of the question."""
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
    try:
        content = json.loads(files.read(path))
    except (ValueError, RecursionError) as error:
        content = f"{type(error).__name__}: {error}"
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} must be a JSON object with {what} for the id of each "
            f"question. Received: {repr(content)[:80]}. Name a file that "
            "albert-tf finetune wrote."
        )
    known = set(split.ids)
    found = {}
    for name, value in content.items():
        place = f"question {name}"
        if name not in known:
            rule = f"Each id must be one of {split.path}."
            problems.add(path, place, rule, name)
        elif not is_right(value):
            problems.add(path, place, f"Each question must have {what}.", value)
        else:
            found[name] = value
    problems.close(path, len(content))
    return found
