"""Reads the files that predictions are written to, by data and by others.

What has no prediction is None. Bad predictions go to `problems`, which stops,
or leaves them out.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import labels as labels_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import custom
from data_pipeline.tasks.readers import delimited
from data_pipeline.tasks.readers import race
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import forms as tag_forms
from data_pipeline.tasks.tags import schemes as tag_schemes

INDEX, PREDICTION = "index", "prediction"


def read_classes(path: str) -> list[str]:
    """The columns after index and prediction: of outcomes.write one a class."""
    for _, row in delimited.rows(path, problems_lib.Problems("skip")):
        if row is not None:
            return [name for name in row if name not in (INDEX, PREDICTION)]
    return []


def read_rows(
    path: str,
    task: table.Task,
    part: parts.Part,
    labels: Sequence[str],
    problems: problems_lib.Problems,
    separator: str = "|",
) -> list[Any]:
    """A prediction for each example of a part, as outcomes.predictions gives.

    Args:
        path: .tsv or .csv with the columns index and prediction, of
            outcomes.write or as the GLUE site takes it.
        labels: the classes.
        separator: of multi-label cells that are no JSON.
    """
    numbers = {
        name: number for number, name in enumerate(outcomes.indices(part))
    }
    predicted = [None] * len(part.examples)
    seen = set()
    for line, row in delimited.rows(path, problems):
        if row is None:
            continue
        if INDEX not in row or PREDICTION not in row:
            raise ValueError(
                f"Predictions must have the columns {INDEX} and {PREDICTION}. "
                f"Received: {path} with {', '.join(row)}. Name a file that "
                "albert-tf finetune wrote, or correct its first line."
            )
        name = row[INDEX].strip()
        if name not in numbers:
            rule = f"Each index must be one of {part.path}."
            problems.add(path, line, rule, name)
        elif name in seen:
            problems.add(path, line, "Each index must come once.", name)
        else:
            seen.add(name)
            example = part.examples[numbers[name]]
            if example is not None:
                try:
                    predicted[numbers[name]] = _value(
                        row, task, example, labels, separator
                    )
                except cells.BadRow as bad:
                    problems.add(path, line, bad.rule, bad.received)
    problems.close(path, len(predicted))
    return predicted


def read_tags(
    path: str, part: parts.Part, problems: problems_lib.Problems
) -> list[list[str] | None]:
    """The tags of both files of tag_predictions.write, as BIO.

    Raises:
        ValueError: the sentences are not those of the part.
    """
    if path.endswith(".jsonl"):
        sentences = custom.read(path, problems, custom.Columns("tagging"))
    else:
        sentences = conll.read(path, problems)
    numbers = [n for n, example in enumerate(part.examples) if example]
    if len(sentences) != len(numbers):
        raise ValueError(
            "Predicted tags must be for the sentences of the data, in order. "
            f"Received: {path} with {len(sentences)} sentences, and "
            f"{part.path} with {len(numbers)}. Predict this file."
        )
    tags = [sentence.tags if sentence else () for sentence in sentences]
    spelling = tag_forms.detect(tags, part.scheme)
    tag_forms.log(path, tags, spelling)
    tags = tag_forms.respelled(tags, spelling.usual)
    predicted: list[list[str] | None] = [None] * len(part.examples)
    for number, sentence, own in zip(numbers, sentences, tags, strict=True):
        if sentence is None:
            continue
        if sentence.words != part.examples[number].words:
            raise ValueError(
                "Predicted tags must be for the words of the data. Received: "
                f"sentence {number}, {' '.join(sentence.words)[:80]!r} in "
                f"{path} and "
                f"{' '.join(part.examples[number].words)[:80]!r} in "
                f"{part.path}. Predict this file."
            )
        wrong = [t for t in own if not tag_schemes.fits(t, spelling.scheme)]
        if wrong:
            problems.add(
                path,
                f"sentence {number}",
                f"Tags must be {spelling.scheme}, as most of this file are.",
                wrong[0],
            )
        else:
            predicted[number] = tag_schemes.to_bio(own, spelling.scheme)
    return predicted


def read_answers(
    path: str, part: parts.Part, problems: problems_lib.Problems
) -> dict[str, str]:
    """The answers of predictions.json, by id of the question."""
    return _by_id(path, part, problems, "a text", lambda x: isinstance(x, str))


def read_null_odds(
    path: str, part: parts.Part, problems: problems_lib.Problems
) -> dict[str, float]:
    """The null scores of null_odds.json, by id of the question."""
    return _by_id(path, part, problems, "a finite number", _is_finite)


def _is_finite(value) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _by_id(path, part, problems, what, is_right) -> dict[str, Any]:
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
    known = set(part.ids)
    found = {}
    for name, value in content.items():
        place = f"question {name}"
        if name not in known:
            rule = f"Each id must be one of {part.path}."
            problems.add(path, place, rule, name)
        elif not is_right(value):
            problems.add(path, place, f"Each question must have {what}.", value)
        else:
            found[name] = value
    problems.close(path, len(content))
    return found


def _value(row, task, example, labels, separator):
    if task.kind == "regression":
        return cells.number(row, PREDICTION)
    if task.kind == "multilabel":
        found = cells.names(row, PREDICTION, separator)
        for name in found:
            _check(name, labels)
        return tuple(found)
    name = cells.name(row, PREDICTION)
    if task.kind == "multiple_choice":
        count = len(example.choices)
        is_race = task.name == "race"
        known = list(race.LETTERS if is_race else map(str, range(count)))
        _check(name, known)
        return known.index(name)
    _check(name, labels)
    return name


def _check(name: str, labels: Sequence[str]) -> None:
    if name not in labels:
        raise cells.BadRow(labels_lib.unknown(labels), name)
