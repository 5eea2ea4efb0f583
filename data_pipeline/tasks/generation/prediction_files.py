"""Files of written texts: written, and read for scoring."""

import json
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import tables
from data_pipeline.tasks.readers import text_lines
from data_pipeline.tasks.texts import example_predictions

INDEX, PREDICTION = example_predictions.INDEX, example_predictions.PREDICTION


def write(folder: str, split: splits.Split, texts: Sequence[str]) -> list[str]:
    """Writes <split>_predictions.txt, a text on each line, and .jsonl, with the
    index of each; returns the paths."""
    files.make_folder(folder)
    path = os.path.join(folder, f"{split.name}_predictions")
    lines = [" ".join(text.split()) for text in texts]
    rows = [
        json.dumps({INDEX: name, PREDICTION: text}, ensure_ascii=False)
        for name, text in zip(split.indices, texts, strict=True)
    ]
    for ending, content in ((".txt", lines), (".jsonl", rows)):
        files.write(path + ending, ("\n".join(content) + "\n").encode())
    return [f"{path}.txt", f"{path}.jsonl"]


def read(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> list[Any]:
    """Reads a text for each example of a split; None for a missing one.

    Args:
        path: a .txt file with a line for each row of the split, or a table with
            the columns index and prediction.
        split: the split that was predicted.
        problems: reports malformed rows, which count as missing.
    Raises:
        ValueError: a file of lines has more or fewer of them.
    """
    if text_lines.ending(path) == ".txt":
        lines = [line for _, line in text_lines.read(path)]
        if len(lines) != len(split.examples):
            raise ValueError(
                "A file of written texts must have a line for each row. "
                f"Received: {path} with {len(lines):,} lines, and {split.path} "
                f"with {len(split.examples):,} rows."
            )
        return list(lines)
    numbers = {name: number for number, name in enumerate(split.indices)}
    found: list[Any] = [None] * len(split.examples)
    for line, row in tables.rows(path, problems, (INDEX, PREDICTION)):
        if row is None:
            continue
        try:
            name = cells.name(row, INDEX)
            text = cells.string(row, PREDICTION)
        except cells.BadRow as bad:
            problems.add(path, line, bad.rule, bad.received)
            continue
        if name not in numbers:
            rule = f"Each index must be one in {split.path}."
            problems.add(path, line, rule, name)
        elif found[numbers[name]] is not None:
            problems.add(path, line, "Each index must be unique.", name)
        else:
            found[numbers[name]] = text
    problems.close(path, len(found))
    return found
