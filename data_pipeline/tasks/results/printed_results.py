"""Formats the results of an evaluation as tables for the screen."""

import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import json_file
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import evaluation_details
from data_pipeline.tasks.scoring import confusion

# If there are many classes, show those with the lowest F1.
_LOWEST = 10
# How many confusions to show, the most frequent ones.
_MAX_PAIRS = 5
# Maximum number of characters of a name.
_LONGEST_NAME = 40
_NO_METRICS = (
    "rows",
    "loss",
    "baseline_loss",
    "missing",
    "total",
    "predicted_classes",
)


def text(output_dir: str, datas: Sequence[task_data.TaskData]) -> str:
    """The results that `evaluation.score` wrote for these tasks.

    sst-2: dev.tsv, 872 rows, checkpoint best/ckpt-200

                      model   baseline
    accuracy         0.7408     0.5092  most frequent class (1)
    loss             0.5272     0.6930  label frequencies

    class         precision  recall      f1  rows
    0 (negative)     0.7686  0.6752  0.7189   428

    Args:
        output_dir: the folder that they were written to.
        datas: the tasks' data.
    """
    sections = []
    for data in datas:
        folder = evaluation.folder_of(output_dir, datas, data)
        for name in data.evaluation_splits:
            path = os.path.join(folder, f"{name}_{evaluation_details.DETAILS}")
            sections.append(_section(json_file.read_object(path)))
            sections.append(f"Details, beside the worst errors: {path}\n")
    return "\n".join(sections)


def _section(details: dict[str, Any]) -> str:
    metrics, baseline = details["metrics"], details["baseline"]
    about = [f"{details['task']}: {details['data']}"]
    about.append(f"{metrics['rows']:,} rows")
    if details["checkpoint"]:
        about.append(f"checkpoint {details['checkpoint']}")
    lines = [", ".join(about), ""]
    rows = [
        [name, value, baseline["metrics"].get(name), ""]
        for name, value in metrics.items()
        if "/" not in name
        and name not in _NO_METRICS
        # The table of groups shows these.
        and not name.startswith(("HasAns_", "NoAns_"))
    ]
    if rows:
        rows[0][-1] = baseline["name"]
    if "loss" in metrics:
        guess = "label frequencies"
        if "residuals" in details or baseline["loss"] is None:
            guess = ""
        rows.append(["loss", metrics["loss"], baseline["loss"], guess])
    lines += _table(["", "model", "baseline", ""], rows)
    if metrics.get("predicted_classes") == 1:
        lines += ["", "All predictions are of one class."]
    groups = details["groups"]
    if groups:
        shown = groups
        if len(groups) > confusion.MAX_CLASSES:
            shown = sorted(groups, key=lambda group: group["f1"])[:_LOWEST]
            note = f"The {_LOWEST} classes of {len(groups)} with the lowest F1:"
            lines += ["", note]
        heads = [name for name in groups[0] if name != "name"]
        rows = [
            [_short(group["name"]), *(group[head] for head in heads)]
            for group in shown
        ]
        lines += ["", *_table(["", *heads], rows)]
    pairs = details.get("confused", [])[:_MAX_PAIRS]
    if pairs:
        words = [
            f"{_short(pair['label'])} as {_short(pair['prediction'])} "
            f"({pair['rows']:,})"
            for pair in pairs
        ]
        lines += ["", f"Most often confused: {'; '.join(words)}."]
    if "residuals" in details:
        found = details["residuals"]
        lines += [
            "",
            f"Prediction minus label: mean {found['mean']:.4g}, standard "
            f"deviation {found['standard_deviation']:.4g}; mean absolute "
            f"difference {found['mean_absolute']:.4g}.",
        ]
    return "\n".join([*lines, ""])


def _table(heads: list[str], rows: list[list]) -> list[str]:
    cells = [heads, *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        line = f"{first:<{widths[0]}}"
        for value, width, head in zip(
            others, widths[1:], heads[1:], strict=True
        ):
            # Align numbers right and words left.
            line += f"  {value:>{width}}" if head else f"  {value}"
        lines.append(line.rstrip())
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else value


def _short(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME - 1] + "…"
