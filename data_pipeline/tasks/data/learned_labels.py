"""The classes of a task, learned from the examples of its training data."""

from collections.abc import Sequence

from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import labels as labels_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.tags import features as tag_features


def of(
    task: table.Task,
    examples: Sequence[examples_lib.Example | None],
    named: Sequence[str] = (),
) -> list[str]:
    """The classes: of the task's row, of columns, or of the data; [] for none.

    Args:
        named: what columns call them; () where examples do.
    """
    if task.labels or named:
        return list(task.labels or named)
    if task.kind == "tagging":
        return tag_features.learn_labels(examples)
    if task.kind in ("classification", "multilabel"):
        return labels_lib.learn(
            example.label for example in examples if example
        )
    return []
