"""The classes of a task, learned from its training data."""

from collections.abc import Sequence

from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table


def of(
    task: table.Task,
    examples: Sequence[example_types.Example | None],
    named: Sequence[str] = (),
) -> list[str]:
    """The classes of a task, by the task itself, its columns or its data; []
    for a kind of task without classes.

    Args:
        task: a task of the table, or a user's own.
        examples: the training examples.
        named: the names of label columns; () if there are none.
    """
    if task.labels or named:
        return list(task.labels or named)
    return kinds.of(task).learn_labels(examples)
