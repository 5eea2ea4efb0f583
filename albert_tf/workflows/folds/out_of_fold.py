"""The predictions of all folds together: each row by a model that was not
trained on it."""

import csv
import io
import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.results import predicted_rows

COLUMNS = ("index", "fold", "label", "prediction", "probability")


class Fold(NamedTuple):
    """What the model of a fold says about the rows that it has not seen.

    Attributes:
        metrics: the evaluation's metrics by name.
        data: the task's data, with the classes of the model.
        examples: the fold's examples.
        predicted: a prediction for each example.
        rows: the predictions as in `predicted_rows.of`.
        loss: the sum of the losses and their number; None if the outputs do
            not determine them.
    """

    metrics: dict[str, float]
    data: task_data.TaskData
    examples: splits.Examples
    predicted: list[Any]
    rows: list[dict[str, Any]]
    loss: tuple[float, int] | None


def fold(
    metrics: dict[str, float],
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
) -> Fold:
    """Keeps what is needed of a fold; its model can be forgotten."""
    sums = data.kind.losses(encoded.features, predictions.outputs)
    return Fold(
        metrics,
        data,
        encoded.split.examples,
        predictions.predicted,
        predicted_rows.of(data, encoded, predictions, data.threshold),
        sums and (float(np.sum(sums[0])), int(np.sum(sums[1]))),
    )


def metrics(
    whole: splits.Split,
    numbers: Sequence[int | None],
    folds: Mapping[int, Fold],
) -> dict[str, float]:
    """The metrics over the rows of all folds.

    Args:
        whole: the training rows.
        numbers: the fold of each row; None for a skipped one.
        folds: the folds by number.
    Returns:
        The official metrics; `score`, the main one from 0 to 1; `loss`; and
        `rows`.
    """
    data = next(iter(folds.values())).data
    examples = _in_order(numbers, {n: f.examples for n, f in folds.items()})
    predicted = _in_order(numbers, {n: f.predicted for n, f in folds.items()})
    split = splits.Split(
        whole.name, whole.path, examples, whole.ids, data.scheme, whole.classes
    )
    found = data.kind.score(data.task, split, predicted, data.labels, None)
    score = found[data.metric_of(split)] / data.kind.perfect
    losses = [each.loss for each in folds.values() if each.loss is not None]
    if losses:
        total, count = map(sum, zip(*losses, strict=True))
        found["loss"] = total / max(count, 1)
    return {"score": score, **found, "rows": len(numbers) - _skipped(numbers)}


def table(
    whole: splits.Split,
    numbers: Sequence[int | None],
    folds: Mapping[int, Fold],
) -> str:
    """A line of tab-separated COLUMNS for each row; lists are JSON.

    Args: as in `metrics`.
    """
    rows = _in_order(numbers, {n: f.rows for n, f in folds.items()})
    content = io.StringIO()
    writer = csv.writer(content, "excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, number, row in zip(whole.indices, numbers, rows, strict=True):
        known = {**(row or {}), "index": index, "fold": number}
        writer.writerow([_cell(known.get(name)) for name in COLUMNS])
    return content.getvalue()


def _in_order(
    numbers: Sequence[int | None], values: Mapping[int, Sequence[Any]]
) -> list[Any]:
    """The values of all folds in the order of the rows; None if skipped."""
    left = {number: iter(each) for number, each in values.items()}
    return [number and next(left[number]) for number in numbers]


def _skipped(numbers: Sequence[int | None]) -> int:
    return sum(number is None for number in numbers)


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return value
