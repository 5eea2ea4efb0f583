"""Details of an evaluation beyond its score, in files beside predictions.

<split>_details.json has the number of rows, the metrics alongside a baseline,
precision, recall and F1 by class, and the confusion between classes.
<split>_errors.jsonl has the worst errors with their texts.

Details have `groups`, a table of classes, labels, entity types, tags or groups
of questions, each with a name, metrics and a number of rows; `confusion`, from
`confusion.matrix`; `confused`, from `confusion.pairs`; and `num_errors`. Those
of regression have `residuals` and `points`, (label, prediction) of some rows,
instead of `num_errors`.
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
    """The metrics of single classes, as precision/<class> and so on; {} if
    there are too many classes to read."""
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
    """A baseline as details have it."""
    return {
        "name": baseline.name,
        "metrics": baseline.metrics,
        "loss": baseline.loss,
    }


def _write(folder: str, name: str, text: str) -> None:
    # A text may have a lone surrogate, which UTF-8 cannot encode.
    content = text.encode("utf-8", "backslashreplace")
    files.write(os.path.join(folder, name), content)
