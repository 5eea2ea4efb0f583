"""The classes of a task, learned from the examples of its training data."""

from collections.abc import Sequence

from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table


def of(
    task: table.Task,
    examples: Sequence[example_types.Example | None],
    named: Sequence[str] = (),
) -> list[str]:
    """The classes that the task, its columns or its data name; [] where the
    kind of task has none.

    Args:
        task: of the table, or a user's own.
        examples: of the training data.
        named: the names of columns of labels; () where examples have labels.
    """
    if task.labels or named:
        return list(task.labels or named)
    return kinds.of(task).learn_labels(examples)
