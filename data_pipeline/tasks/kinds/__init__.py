"""The kinds of tasks: one file for each, and the table that names them."""

from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import classification
from data_pipeline.tasks.kinds import multilabel
from data_pipeline.tasks.kinds import multiple_choice
from data_pipeline.tasks.kinds import regression
from data_pipeline.tasks.kinds import span
from data_pipeline.tasks.kinds import tagging
from data_pipeline.tasks.kinds import task_kind

# By name. albert_tf.kinds has the model's side of each.
KINDS: dict[str, task_kind.Kind] = {
    "classification": classification.KIND,
    "multilabel": multilabel.KIND,
    "regression": regression.KIND,
    "multiple_choice": multiple_choice.KIND,
    "tagging": tagging.KIND,
    "span": span.KIND,
}


def of(task: table.Task) -> task_kind.Kind:
    """The kind of a task."""
    return KINDS[task.kind]


def custom_task(kind: str, *, unanswerable: bool = False) -> table.Task:
    """The task of a user's own data, of this kind.

    Args:
        kind: its name in `KINDS`.
        unanswerable: whether questions may have no answer.
    """
    return table.Task(
        name=table.CUSTOM,
        kind=kind,
        metric=KINDS[kind].metric,
        unanswerable=unanswerable,
    )
