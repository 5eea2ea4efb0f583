"""Formats the reports of an evaluation as tables for the screen."""

import os
import textwrap
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import json_file
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import report_files
from data_pipeline.tasks.scoring import confusion

# If there are many classes, show those with the lowest F1.
_LOWEST = 10
# How many confusions to show, the most frequent ones.
_MAX_PAIRS = 5
# Maximum number of characters of a name.
_LONGEST_NAME = 40
_WIDTH = 80
_NO_METRICS = (
    "rows",
    "loss",
    "baseline_loss",
    "missing",
    "total",
    "predicted_classes",
)
_BOUNDS = ("low", "high")
# Heads of columns that would be wider than their numbers.
_HEADS = {
    "roc_auc": "ROC area",
    "average_precision": "PR area",
    "mean_error": "mean",
    "mean_absolute_error": "absolute",
    "root_mean_squared_error": "RMSE",
}


def text(output_dir: str, datas: Sequence[task_data.TaskData]) -> str:
    """The results that `evaluation.score` wrote for these tasks.

    sst-2: dev.tsv, 872 rows, checkpoint best/ckpt-200

                             model  majority  TF-IDF
    accuracy                0.7408    0.5092  0.7982
    95% interval  0.7110 to 0.7706
    loss                    0.5272    0.6930       -

    class         precision  recall      f1  support  predicted
    0 (negative)     0.7686  0.6752  0.7189      428        376

    Findings:
    - A baseline wins: TF-IDF with logistic regression, ...

    Args:
        output_dir: the folder that they were written to.
        datas: the tasks' data.
    """
    sections = []
    for data in datas:
        folder = evaluation.folder_of(output_dir, datas, data)
        for name in data.evaluation_splits:
            path = os.path.join(
                folder, report_files.name_of(name, data.evaluation_splits)
            )
            sections.append(section(json_file.read_object(path)))
            sections.append(f"Report, beside the worst errors: {path}\n")
    return "\n".join(sections)


def section(report: dict[str, Any]) -> str:
    """A report as tables."""
    about = [f"{report['task']}: {report['data']}"]
    about.append(f"{report['rows']:,} rows")
    if report["checkpoint"]:
        about.append(f"checkpoint {report['checkpoint']}")
    parts = [
        [", ".join(about)],
        _scores(report),
        _baselines(report),
        _signatures(report),
        _per_class(report),
        _confused(report),
        _numbers(report),
        *(
            _groups(found, report["metric"]["name"])
            for found in _grouped(report)
        ),
        _findings(report),
    ]
    lines = [line for part in parts if part for line in [*part, ""]]
    return "\n".join(lines)


def _scores(report: dict[str, Any]) -> list[str]:
    metric = report["metric"]
    baselines = report["baselines"]
    rows = []
    for name, value in report["metrics"].items():
        # The tables of classes and groups show the others.
        if (
            "/" in name
            or name in _NO_METRICS
            or name.startswith(("HasAns_", "NoAns_"))
        ):
            continue
        own = [row["metrics"].get(name) for row in baselines]
        rows.append([name, value, *own])
        if name == metric["name"] and metric["low"] is not None:
            both = f"{metric['low']:.4f} to {metric['high']:.4f}"
            rows.append(["95% interval", both, *([""] * len(own))])
    if report["loss"] is not None:
        own = [row["loss"] for row in baselines]
        rows.append(["loss", report["loss"], *own])
    return _table(["", "model", *(row["short"] for row in baselines)], rows)


def _baselines(report: dict[str, Any]) -> list[str]:
    said = []
    for row in report["baselines"]:
        rows = row["trained_rows"]
        source = "evaluated rows" if rows is None else f"{rows:,} training rows"
        said.append(f"{row['short']}: {row['name']}, from {source}")
    return _wrapped(f"{'; '.join(said)}.")


def _signatures(report: dict[str, Any]) -> list[str]:
    # Reports of earlier versions have none.
    found = report.get("signatures") or {}
    return [
        line
        for name, text in found.items()
        for line in _wrapped(f"{name}: {text}")
    ]


def _per_class(report: dict[str, Any]) -> list[str]:
    shown = per_class = report["per_class"]
    if not per_class:
        return []
    note = []
    if len(per_class) > confusion.MAX_CLASSES:
        shown = sorted(per_class, key=lambda row: row["f1"])[:_LOWEST]
        note = [
            f"The {_LOWEST} classes of {len(per_class)} with the lowest F1:"
        ]
    heads = [name for name in per_class[0] if name != "name"]
    rows = [
        [_short(row["name"]), *(row.get(head, "") for head in heads)]
        for row in [*shown, *report["averages"]]
    ]
    return [*note, *_table(["", *heads], rows)]


def _confused(report: dict[str, Any]) -> list[str]:
    words = [
        f"{_short(pair['label'])} as {_short(pair['prediction'])} "
        f"({pair['rows']:,})"
        for pair in report["confused"][:_MAX_PAIRS]
    ]
    if not words:
        return []
    return _wrapped(f"Most often confused: {'; '.join(words)}.")


def _numbers(report: dict[str, Any]) -> list[str]:
    if not report["residuals"]:
        return []
    found = report["residuals"]
    names = [name for name in report["by_range"][0] if name not in _BOUNDS]
    rows = [
        [f"{row['low']:.4g} to {row['high']:.4g}", *(row[n] for n in names)]
        for row in report["by_range"]
    ]
    return [
        *_wrapped(
            f"Prediction minus label: mean {found['mean']:.4g}, standard "
            f"deviation {found['standard_deviation']:.4g}; mean absolute "
            f"difference {found['mean_absolute']:.4g}."
        ),
        "",
        *_table(["label", *names], rows),
    ]


def _grouped(report: dict[str, Any]) -> list[dict[str, Any]]:
    by_length = report["by_length"]
    return [*report["groups"], *([by_length] if by_length else [])]


def _groups(found: dict[str, Any], metric: str) -> list[str]:
    rows = [
        [
            _short(row["name"]),
            row["value"],
            row["low"],
            row["high"],
            row["rows"],
        ]
        for row in found["groups"]
    ]
    lines = _table(
        [f"by {found['column']}", metric, "low", "high", "rows"], rows
    )
    if found["left_out"]:
        lines.append(f"and {found['left_out']:,} smaller groups")
    return lines


def _findings(report: dict[str, Any]) -> list[str]:
    lines = _wrapped(report["verdict"])
    if report["findings"]:
        lines += ["", "Findings:"]
    for finding in report["findings"]:
        lines += textwrap.wrap(
            finding, _WIDTH, initial_indent="- ", subsequent_indent="  "
        )
    return lines


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH)


def _table(heads: list[str], rows: list[list]) -> list[str]:
    heads = [_HEADS.get(head, head) for head in heads]
    cells = [heads, *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for first, *others in cells:
        line = f"{first:<{widths[0]}}"
        for value, width in zip(others, widths[1:], strict=True):
            line += f"  {value:>{width}}"
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
