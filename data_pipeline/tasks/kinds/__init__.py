"""The kinds of tasks: one file for each, and the table that names them.

To add a kind:

1. Write a file here that ends in `KIND = task_kind.Kind(...)`, and add it to
   `KINDS` below. `task_kind.Kind` describes each field; those without a default
   are required. Examples are instances of a frozen dataclass with the
   properties that all classes in `example_types` have (id, given_label,
   classes, held_together, shown); use one of these classes, or add one there.
   A column or a given text that no other kind has becomes a field of
   `ColumnsConfig` and `file_columns.Columns`, or of `GivenTextConfig`.
2. Write a file in `albert_tf/kinds`, with the model, the loss and the outputs,
   and add it to `KINDS` there under the same name. `labels` and `perfect` must
   be equal on both sides; `predict`, `losses` and `details` receive the outputs
   that the model's side returns, as arrays.
3. If models of the kind are to be exported with answers to text, add a function
   to `MODULES` in `data_pipeline/answers/answer_modules.py`.

Training, evaluation, prediction and the settings then know the kind;
tests/kinds/test_kinds.py adds two kinds in this way.
"""

from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import classification
from data_pipeline.tasks.kinds import embedding
from data_pipeline.tasks.kinds import generation
from data_pipeline.tasks.kinds import multilabel
from data_pipeline.tasks.kinds import multiple_choice
from data_pipeline.tasks.kinds import regression
from data_pipeline.tasks.kinds import span
from data_pipeline.tasks.kinds import tagging
from data_pipeline.tasks.kinds import task_kind

# By the names of --task_type. albert_tf.kinds has the model's side of each.
KINDS: dict[str, task_kind.Kind] = {
    "classification": classification.KIND,
    "multilabel": multilabel.KIND,
    "regression": regression.KIND,
    "multiple_choice": multiple_choice.KIND,
    "tagging": tagging.KIND,
    "span": span.KIND,
    "embedding": embedding.KIND,
    "generation": generation.KIND,
}


def of(task: table.Task) -> task_kind.Kind:
    """The kind of a task."""
    return KINDS[task.kind]


def custom_task(kind: str, *, unanswerable: bool = False) -> table.Task:
    """The task for data of the user's own.

    Args:
        kind: the name of its kind in `KINDS`.
        unanswerable: whether questions may have no answer.
    """
    return table.Task(
        name=table.CUSTOM,
        kind=kind,
        metric=KINDS[kind].metric,
        unanswerable=unanswerable,
    )
