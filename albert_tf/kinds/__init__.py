"""The kinds of tasks on the model's side: one file for each, and their table.

data_pipeline.tasks.kinds has the data's side of each.
"""

from typing import Any

import keras

from albert_tf.kinds import classification
from albert_tf.kinds import kind as kind_lib
from albert_tf.kinds import multilabel
from albert_tf.kinds import multiple_choice
from albert_tf.kinds import regression
from albert_tf.kinds import span
from albert_tf.kinds import tagging

# By the names of data_pipeline's kinds, and by those of other heads for them.
KINDS: dict[str, kind_lib.Kind] = {
    "classification": classification.KIND,
    "multilabel": multilabel.KIND,
    "regression": regression.KIND,
    "multiple_choice": multiple_choice.KIND,
    "tagging": tagging.KIND,
    "span": span.KIND,
    "conditional_span": span.CONDITIONAL,
    "early_exit": classification.EARLY_EXIT,
    "early_exit_regression": regression.EARLY_EXIT,
}


def of_model(task: str, model: keras.Model) -> str | None:
    """The name of a model's kind.

    Args:
        task: the kind of task that it should be for.
        model: to look at.
    Returns:
        A name in `KINDS`; None if the model is for another kind of task.
    """
    for name, kind in KINDS.items():
        if kind.task == task and isinstance(model, kind.model):
            return name
    return None


def has_exits(model_class: type[keras.Model] | None) -> bool:
    """Whether models of a class have a classifier at every depth."""
    exits = {kind.with_exits for kind in KINDS.values() if kind.with_exits}
    return any(KINDS[name].model is model_class for name in exits)


def outputs_of(model: keras.Model, outputs: dict[str, Any]) -> dict[str, Any]:
    """What predictions are made of, from a model's outputs, as its kind has
    it."""
    for kind in KINDS.values():
        if isinstance(model, kind.model):
            return kind.outputs(outputs)
    return outputs


def shared_head(task: str | None) -> str | None:
    """What a head is called in files that name several kinds of head alike.

    Args:
        task: a kind of task; None for an unknown one.
    """
    kind = KINDS.get(task or "")
    return kind.head if kind and kind.head in SHARED_HEADS else None


# Heads that Google's and Hugging Face's files may all call by one name.
SHARED_HEADS = ("classifier", "tagging", "multiple_choice")
