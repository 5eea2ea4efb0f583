"""Reads and checks the reports that evaluations write."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.io import json_file
from albert_tf.io import literal_paths
from albert_tf.reporting.evaluations import json_forms as forms
from albert_tf.runs import run_folder

# One split has the first name, several splits the second one.
_NAMES = ("report.json", "*_report.json")
# In the run's folder, in those of its tasks, and in those of other evaluations.
_DEPTHS = ("", "*/", "*/*/")
# The first two hold what one evaluation wrote.
ONE = _DEPTHS[:2]

# Names of classes, and counts by true and predicted class.
Confusion = tuple[list[str], list[list[int]]]

_BOUNDS = {
    "low": forms.or_none(forms.is_number),
    "high": forms.or_none(forms.is_number),
}
_GROUPS = forms.fields(
    column=forms.is_text,
    groups=forms.each(
        forms.fields(
            name=forms.is_text,
            rows=forms.is_count,
            value=forms.or_none(forms.is_number),
            too_small=forms.is_truth,
            **_BOUNDS,
        )
    ),
    left_out=forms.is_count,
    gap=forms.or_none(
        forms.fields(
            value=forms.is_number,
            worst=forms.is_text,
            best=forms.is_text,
            chance=forms.is_number,
            is_noise=forms.is_truth,
        )
    ),
)
_FORMS: dict[str, forms.IsRight] = {
    **dict.fromkeys(("task", "kind", "part", "data"), forms.is_text),
    "checkpoint": forms.or_none(forms.is_text),
    "rows": forms.is_count,
    "loss": forms.or_none(forms.is_number),
    "metric": forms.fields(
        name=forms.is_text, value=forms.is_number, **_BOUNDS
    ),
    "metrics": forms.are_numbers,
    "per_class": forms.are_alike,
    "averages": forms.each(forms.is_scored_row),
    "confusion": forms.or_none(forms.is_confusion),
    "confused": forms.each(
        forms.fields(
            label=forms.is_text, prediction=forms.is_text, rows=forms.is_count
        )
    ),
    "baselines": lambda value: (
        bool(value)
        and forms.each(
            forms.fields(
                name=forms.is_text,
                short=forms.is_text,
                metrics=forms.are_numbers,
                loss=forms.or_none(forms.is_number),
                trained_rows=forms.or_none(forms.is_count),
                difference=forms.or_none(
                    forms.fields(value=forms.is_number, **_BOUNDS)
                ),
            )
        )(value)
    ),
    "calibration": forms.or_none(
        forms.fields(
            expected_calibration_error=forms.is_number,
            brier=forms.is_number,
            bins=forms.each(forms.are_numbers),
        )
    ),
    "groups": forms.each(_GROUPS),
    "by_length": forms.or_none(_GROUPS),
    "duplicates": forms.or_none(
        forms.fields(
            rows=forms.is_count,
            exact=forms.is_count,
            share=forms.is_number,
            other_label=forms.is_count,
            metric_without=forms.or_none(forms.is_number),
            examples=forms.each(
                forms.fields(
                    text=forms.is_text,
                    training_text=forms.is_text,
                    similarity=forms.is_number,
                )
            ),
        )
    ),
    "by_range": forms.each(forms.are_numbers),
    "residuals": forms.are_numbers,
    "points": forms.each(forms.is_point),
    "training": forms.fields(
        file=forms.or_none(forms.is_text), rows=forms.or_none(forms.is_count)
    ),
    "verdict": forms.is_text,
    "findings": forms.each(forms.is_text),
    "errors": forms.fields(
        count=forms.or_none(forms.is_count), file=forms.is_text
    ),
}


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """An evaluation on one split of a task.

    Attributes:
        task, kind, part: the task, its kind, and the split.
        data: name of the data's file.
        checkpoint: name of the weights; None if it was not recorded.
        metric: name of the main metric.
        report: the whole report, by the keys of `report.json`; see
            docs/evaluation_report.md.
        errors: the worst errors, with text, label, prediction and details.

    Example:
        >>> evaluation = result.evaluation.details[0]  # doctest: +SKIP
        >>> evaluation.report["findings"][0]  # doctest: +SKIP
        'Class 0 is never predicted; its support is 95.'
    """

    task: str
    kind: str
    part: str
    data: str
    checkpoint: str | None
    metric: str
    report: dict[str, Any]
    errors: list[dict[str, Any]]

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics by name, including rows, loss and baseline_loss."""
        return self.report["metrics"]

    @property
    def baseline(self) -> dict[str, float]:
        """The metrics of the simplest baseline, which ignores the text; its
        loss is "loss"."""
        first = self.report["baselines"][0]
        losses = {} if first["loss"] is None else {"loss": first["loss"]}
        return {**first["metrics"], **losses}

    @property
    def baseline_name(self) -> str:
        """The description of the simplest baseline."""
        return self.report["baselines"][0]["name"]

    @property
    def per_class(self) -> list[dict[str, Any]]:
        """A row with scores for each class; [] for kinds without classes."""
        return self.report["per_class"]

    @property
    def confusion(self) -> Confusion | None:
        """Names of the classes, and counts by true and predicted class; None
        if there is no matrix."""
        found = self.report["confusion"]
        return found and (found["names"], found["counts"])

    @property
    def origin(self) -> str:
        """The checkpoint and the data of the evaluation, as text."""
        checkpoint = self.checkpoint or "checkpoint not recorded"
        return f"{checkpoint}, {self.data}, {self.report['rows']:,} rows"


def read(folder: str, depths: Sequence[str] = _DEPTHS) -> list[Evaluation]:
    """Reads the evaluations in a run's folder and its subfolders, in the order
    of their paths.

    Args:
        folder: of a run, or of one evaluation.
        depths: globs of the subfolders to read.
    Raises:
        OSError: a file cannot be read.
        ValueError: a file is damaged.
    """
    place = literal_paths.escape(folder)
    paths = [
        path
        for depth in depths
        for name in _NAMES
        for path in sorted(
            tf.io.gfile.glob(os.path.join(place, f"{depth}{name}"))
        )
    ]
    found = [_read(path) for path in paths]
    return [evaluation for evaluation in found if evaluation is not None]


def _read(path: str) -> Evaluation | None:
    """Reads a report; None for the report of something else, such as the one
    beside a vocabulary."""
    values = json_file.read_object(path)
    if values and not _FORMS.keys() & values.keys():
        return None
    for name, is_right in _FORMS.items():
        if name not in values or not is_right(values[name]):
            raise ValueError(
                f"{path} must hold the report of an evaluation. Received: "
                f"{name}: {values.get(name)!r:.60}. Evaluate again, or remove "
                "the file."
            )
    # A name, so that a report leads to no file elsewhere.
    name = os.path.basename(values["errors"]["file"])
    errors = os.path.join(os.path.dirname(path), name)
    return Evaluation(
        **{
            name: values[name]
            for name in ("task", "kind", "part", "data", "checkpoint")
        },
        metric=values["metric"]["name"],
        report=values,
        errors=_read_errors(errors) if tf.io.gfile.exists(errors) else [],
    )


def _read_errors(path: str) -> list[dict[str, Any]]:
    rows = []
    for number, line, row in run_folder.read_json_lines(path):
        if not (
            isinstance(row, dict)
            and all(
                isinstance(row.get(name), str)
                for name in ("text", "label", "prediction")
            )
            and all(
                isinstance(v, str) or forms.is_number(v) for v in row.values()
            )
        ):
            raise ValueError(
                f"{path} must hold one JSON object per line, with the strings "
                '"text", "label" and "prediction". Received: '
                f"{line!r:.60} in line {number}. Evaluate again, or remove the "
                "file."
            )
        rows.append(row)
    return rows
