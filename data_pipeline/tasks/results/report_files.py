"""The files of an evaluation's report, beside its predictions.

report.json has everything that `reports.report` describes; with several splits,
<split>_report.json of each. <split>_errors.jsonl has the worst errors with
their texts.
"""

import json
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks.scoring import confusion

REPORT, ERRORS = "report.json", "errors.jsonl"


def name_of(split: str, splits: Sequence[str]) -> str:
    """The name of the report of a split.

    Args:
        split: the split.
        splits: all splits that the task is evaluated on.
    """
    return REPORT if len(splits) == 1 else f"{split}_{REPORT}"


def errors_of(split: str) -> str:
    """The name of the file with the worst errors of a split."""
    return f"{split}_{ERRORS}"


def write(
    folder: str,
    name: str,
    report: dict[str, Any],
    errors: Sequence[dict[str, Any]],
) -> None:
    """Writes a report, and the worst errors into the file that it names.

    Args:
        folder: the folder to write to.
        name: from `name_of`.
        report: has errors, with the name of their file.
        errors: the worst errors.
    """
    files.make_folder(folder)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in errors]
    _write(folder, report["errors"]["file"], "".join(lines))
    _write(
        folder,
        name,
        json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
        + "\n",
    )


def by_name(report: dict[str, Any]) -> dict[str, float]:
    """The metrics of single classes, as precision/<class> and so on; {} if
    there are too many classes to read."""
    per_class = report["per_class"]
    if len(per_class) > confusion.MAX_CLASSES:
        return {}
    return {
        f"{metric}/{row['name']}": row[metric]
        for metric in ("precision", "recall", "f1")
        for row in per_class
    }


def _write(folder: str, name: str, text: str) -> None:
    # A text may have a lone surrogate, which UTF-8 cannot encode.
    content = text.encode("utf-8", "backslashreplace")
    files.write(os.path.join(folder, name), content)
