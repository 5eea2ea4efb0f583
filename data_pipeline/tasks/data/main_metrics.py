"""The metric that picks the best checkpoint."""

import collections
import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table

_MACRO_F1 = "macro_f1"
# A class is rare with less than this share of the rows, and less than this part
# of the share that it had if all classes were of equal size.
_RARE, _PART = 0.1, 0.5


def given(tasks: Sequence[table.Task], metric: str) -> table.Task:
    """The task, with the main metric that --metric names.

    Raises:
        ValueError: there are several tasks, or this one has no such metric.
    """
    if len(tasks) > 1:
        raise ValueError(
            "--metric must be used with one task. Received: "
            f"--metric={metric} for {', '.join(task.name for task in tasks)}. "
            "Leave it out: the mean of the tasks' metrics counts."
        )
    (task,) = tasks
    known = kinds.of(task).metrics
    if metric not in known:
        choice = (
            f"be one of {', '.join(known)}"
            if known
            else "be left out for tasks of this kind, which have only one"
        )
        raise ValueError(
            f"--metric must {choice}. Received: {metric} for {task.name}, "
            f"whose kind is {task.kind}."
        )
    return dataclasses.replace(task, metric=metric)


def rare_class(train: splits.Split) -> tuple[str, float] | None:
    """The smallest class of classified examples and its share of the rows, if
    it is rare: under 10%, and under half of an equal share."""
    counts = collections.Counter(
        name
        for example in train.examples
        if example is not None
        for name in example.classes
    )
    if len(counts) < 2:
        return None
    name = min(counts, key=lambda each: (counts[each], each))
    share = counts[name] / counts.total()
    limit = min(_RARE, _PART / len(counts))
    return (name, share) if share < limit else None


def for_training(task: table.Task, train: splits.Split) -> str | None:
    """The main metric if --metric is left out; None: that of the task.

    It is macro_f1 for a user's own classification with a rare class, whose
    accuracy can be high although the class is never predicted.
    """
    if task.name != table.CUSTOM or not kinds.of(task).has_one_class:
        return None
    rare = rare_class(train)
    if rare is None:
        return None
    logging.info(
        "Only %.1f%% of the training rows have the class %s, so macro_f1, the "
        "mean of the classes' F1, picks the best checkpoint. "
        "--metric=accuracy takes the share of right answers instead.",
        100 * rare[1],
        rare[0],
    )
    return _MACRO_F1
