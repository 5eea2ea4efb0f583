"""Predictions together with their texts, a dict for each input.

{"index": "0", "text": "a fine film", "prediction": "positive",
 "probability": 0.93, "label": "positive"}
"""

from typing import Any

from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind


def of(
    data: task_data.TaskData,
    encoded: task_kind.Encoded,
    predictions: task_kind.Predictions,
    threshold: float,
) -> list[dict[str, Any]]:
    """A row for each input, in order.

    Each row has `index`, the texts, `prediction` and, except in regression,
    `probability`. If any input of the split has a label, each has `label`.
    Predictions by kind:

    classification: the class.
    multilabel: a list of classes, the most probable first, and a list of their
        probabilities.
    regression: the number.
    multiple_choice: the number of the choice, from 0; in RACE, its letter.
    tagging: lists of tags and probabilities, one for each word; and
        `entities`, each with start and end (characters of `text`, or words if
        there is none), type, text and probability.
    span: the answer, "" for none, and the probability of the best span among
        the candidates; start, the answer's first character in the context, or
        None; and null_score.

    The prediction for a skipped input is None.

    Args:
        data: the task's data.
        encoded, predictions: the split and the predictions for it.
        threshold: null score above which a question has no answer.
    """
    split, task = encoded.split, data.task
    labels = [
        None
        if example is None or (given := example.given_label) is None
        else data.kind.shown_label(task, split, given, data.scheme)
        for example in split.examples
    ]
    has_labels = any(label is not None for label in labels)
    shown = data.kind.shown(
        task, encoded, predictions, data.labels, data.scheme, threshold
    )
    rows = []
    for index, example, label, answer in zip(
        split.indices, split.examples, labels, shown, strict=True
    ):
        row: dict[str, Any] = {"index": index, "prediction": None}
        if example is not None and answer is not None:
            row = {"index": index, **example.shown(), **answer}
        if has_labels:
            row["label"] = label
        rows.append(row)
    return rows
