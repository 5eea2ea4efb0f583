"""What an evaluation shows of classes beyond its score."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import table
from data_pipeline.tasks.scoring import confusion


def names(task: table.Task, labels: Sequence[str]) -> dict[str, str]:
    """What to call each class, in the order of the model's outputs."""
    if len(task.label_names) == len(labels):
        both = zip(labels, task.label_names, strict=True)
        return {label: f"{label} ({name})" for label, name in both}
    return {label: label for label in labels}


def of_classes(
    pairs: Sequence[tuple], called: Mapping[Any, str]
) -> dict[str, Any]:
    """Groups, confusion and the most confused pairs of classes.

    Args:
        pairs: (label, prediction).
        called: what to call each class.
    """
    gold, predicted = zip(*pairs, strict=True)
    return {
        "groups": confusion.by_class(gold, predicted, dict(called)),
        "confusion": confusion.matrix(gold, predicted, dict(called)),
        "confused": confusion.pairs(pairs, dict(called)),
    }
