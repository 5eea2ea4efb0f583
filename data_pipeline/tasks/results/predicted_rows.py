"""Predictions with the texts that they are of, a dict for each input.

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

    Each has `index`, the texts, `prediction` and, except for numbers,
    `probability`; and `label`, if any input of the split has one. By kind:

    classification: the class.
    multilabel: lists of classes and of their probabilities, the likeliest
        first; [] for none.
    regression: the number.
    multiple_choice: the number of the choice from 0; of RACE its letter.
    tagging: lists of a tag and a probability for each word; and `entities`,
        with start, end (characters of `text`, or, without one, words), type
        and text.
    span: the answer, "" for none; the probability is that of the best span
        among the candidates; start, its first character in the context, or
        None; and null_score.

    The prediction of an input that could not be used is None.

    Args:
        data: of the task.
        encoded, predictions: of the split.
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
        row = {"index": index, "prediction": None}
        if example is not None:
            row = {"index": index, **example.shown(), **answer}
        if has_labels:
            row["label"] = label
        rows.append(row)
    return rows
