"""What an evaluation shows beyond its score, in files beside predictions.

<split>_details.json holds the rows, the metrics next to those of a model that
reads nothing, precision, recall and F1 by class, and which classes are taken
for which; <split>_errors.jsonl the worst errors with their texts.

Details have `groups`, a table of classes, labels, types of entities, tags or
groups of questions, each row with a name, metrics and its number of rows;
`confusion` of `confusion.matrix` and `confused` of `confusion.pairs`; for
numbers `residuals` and `points`, (label, prediction) of some rows; and
`num_errors`, except for numbers.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks.scoring import baselines
from data_pipeline.tasks.scoring import confusion

DETAILS, ERRORS = "details.json", "errors.jsonl"


def write(
    folder: str,
    split: str,
    details: dict[str, Any],
    errors: Sequence[dict[str, Any]],
) -> None:
    """Writes <split>_details.json and <split>_errors.jsonl."""
    files.make_folder(folder)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in errors]
    _write(folder, f"{split}_{ERRORS}", "".join(lines))
    _write(
        folder,
        f"{split}_{DETAILS}",
        json.dumps(details, ensure_ascii=False, indent=1) + "\n",
    )


def by_name(details: dict[str, Any]) -> dict[str, float]:
    """precision/<class> and so on, of no more classes than a person reads."""
    groups = details["groups"]
    if len(groups) > confusion.MAX_CLASSES:
        return {}
    return {
        f"{metric}/{group['name']}": group[metric]
        for metric in ("precision", "recall", "f1")
        for group in groups
        if "precision" in group
    }


def baseline_row(baseline: baselines.Baseline) -> dict[str, Any]:
    return {
        "name": baseline.name,
        "metrics": baseline.metrics,
        "loss": baseline.loss,
    }


def _write(folder: str, name: str, text: str) -> None:
    # A text may hold half a character, which no file can.
    content = text.encode("utf-8", "backslashreplace")
    files.write(os.path.join(folder, name), content)
