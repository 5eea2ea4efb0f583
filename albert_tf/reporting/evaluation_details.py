"""Reads and checks the details that evaluations write beside their scores."""

import dataclasses
import math
import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.io import json_file
from albert_tf.io import literal_paths
from albert_tf.runs import run_folder

_ENDING, _ERRORS_ENDING = "_details.json", "_errors.jsonl"
# In the run's folder, in those of its tasks, and in those of other evaluations.
_DEPTHS = ("", "*/", "*/*/")
# The first two hold what one evaluation wrote.
ONE = _DEPTHS[:2]

# Names of classes, and counts by true and predicted class.
Confusion = tuple[list[str], list[list[int]]]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """An evaluation on one split of a task.

    Attributes:
        task, kind, part: the task, its kind, and the split.
        data: name of the data's file.
        checkpoint: name of the weights; None if it was not recorded.
        metric: name of the main metric.
        metrics: metrics by name, including rows, loss and baseline_loss.
        baseline_name: description of the baseline, a model that ignores the
            text.
        baselines: its metrics by name; its loss is "loss".
        groups: a table of classes or other groups; each row has a name.
        confusion: names of the classes, and counts by true and predicted class;
            None if there is no matrix.
        confused: (true class, predicted class, rows), most frequent first.
        residuals: statistics of the residuals of numbers, by name.
        points: (label, prediction) of numbers.
        num_errors: number of errors; None for numbers, which are not right or
            wrong.
        errors: the worst errors, with text, label, prediction and details.
    """

    task: str
    kind: str
    part: str
    data: str
    checkpoint: str | None
    metric: str
    metrics: dict[str, float]
    baseline_name: str
    baselines: dict[str, float]
    groups: list[dict[str, Any]]
    confusion: Confusion | None
    confused: list[tuple[str, str, int]]
    residuals: dict[str, float]
    points: list[tuple[float, float]]
    num_errors: int | None
    errors: list[dict[str, Any]]

    @property
    def origin(self) -> str:
        """The checkpoint and the data of the evaluation, as text."""
        checkpoint = self.checkpoint or "checkpoint not recorded"
        rows = self.metrics.get("rows")
        count = f", {rows:,} rows" if isinstance(rows, int) else ""
        return f"{checkpoint}, {self.data}{count}"


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
        for path in sorted(
            tf.io.gfile.glob(os.path.join(place, f"{depth}*{_ENDING}"))
        )
    ]
    return [_read(path) for path in paths]


def _read(path: str) -> Evaluation:
    values = json_file.read_object(path)
    errors = path.removesuffix(_ENDING) + _ERRORS_ENDING
    take = _Fields(path, values)
    confusion = take("confusion", _is_confusion, None)
    baseline = take("baseline", _is_baseline)
    losses = {} if baseline["loss"] is None else {"loss": baseline["loss"]}
    return Evaluation(
        **{
            name: take(name, lambda value: isinstance(value, str))
            for name in ("task", "kind", "part", "data", "metric")
        },
        checkpoint=take("checkpoint", lambda v: v is None or type(v) is str),
        metrics=take("metrics", _are_numbers),
        baseline_name=baseline["name"],
        baselines={**baseline["metrics"], **losses},
        groups=take("groups", _are_groups),
        confusion=confusion and (confusion["names"], confusion["counts"]),
        confused=[
            (pair["label"], pair["prediction"], pair["rows"])
            for pair in take("confused", _are_pairs, [])
        ],
        residuals=take("residuals", _are_numbers, {}),
        points=take("points", _are_points, []),
        num_errors=take("num_errors", lambda value: type(value) is int, None),
        errors=_read_errors(errors) if tf.io.gfile.exists(errors) else [],
    )


class _Fields:
    """Returns the fields of a JSON object after checking them.

    Args:
        path: the file, for messages.
        values: the object.
    """

    def __init__(self, path: str, values: dict[str, Any]) -> None:
        self._path, self._values = path, values

    def __call__(
        self, name: str, is_right: Callable[[Any], bool], *default: Any
    ) -> Any:
        value = self._values.get(name)
        if value is None and default:
            return default[0]
        if not is_right(value):
            raise ValueError(
                f"{self._path} must hold the details of an evaluation. "
                f"Received: {name}: {value!r:.60}. Evaluate again, or remove "
                "the file."
            )
        return value


def _read_errors(path: str) -> list[dict[str, Any]]:
    rows = []
    for number, line, row in run_folder.read_json_lines(path):
        if not (
            isinstance(row, dict)
            and all(
                isinstance(row.get(name), str)
                for name in ("text", "label", "prediction")
            )
            and all(isinstance(v, str) or is_number(v) for v in row.values())
        ):
            raise ValueError(
                f"{path} must hold one JSON object per line, with the strings "
                '"text", "label" and "prediction". Received: '
                f"{line!r:.60} in line {number}. Evaluate again, or remove the "
                "file."
            )
        rows.append(row)
    return rows


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number that NumPy can hold."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < run_folder.INT64
    return isinstance(value, float)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_number, value.values()))


def _is_baseline(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and _are_numbers(value.get("metrics"))
        and (value.get("loss") is None or is_number(value["loss"]))
    ) and "loss" in value


def _are_groups(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and isinstance(row.get("name"), str)
        and row.keys() == value[0].keys()
        and all(is_number(v) for name, v in row.items() if name != "name")
        for row in value
    )


def _is_confusion(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    names, counts = value.get("names"), value.get("counts")
    return (
        isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(counts, list)
        and len(counts) == len(names) > 0
        and all(
            isinstance(row, list)
            and len(row) == len(names)
            and all(is_number(count) and count >= 0 for count in row)
            for row in counts
        )
    )


def _are_pairs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, dict)
        and isinstance(pair.get("label"), str)
        and isinstance(pair.get("prediction"), str)
        and is_number(pair.get("rows"))
        for pair in value
    )


def _are_points(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(point, list)
        and len(point) == 2
        and all(is_number(v) and math.isfinite(v) for v in point)
        for point in value
    )
