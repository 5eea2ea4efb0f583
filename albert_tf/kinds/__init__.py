"""The kinds of tasks on the model's side: one file for each, and a table.

data_pipeline.tasks.kinds has the data's side.
"""

from typing import Any

import keras
import numpy as np

from albert_tf.kinds import classification
from albert_tf.kinds import embedding
from albert_tf.kinds import generation
from albert_tf.kinds import kind as kind_lib
from albert_tf.kinds import multilabel
from albert_tf.kinds import multiple_choice
from albert_tf.kinds import regression
from albert_tf.kinds import span
from albert_tf.kinds import tagging

# Keys are the names of data_pipeline's kinds, and of other heads for them.
KINDS: dict[str, kind_lib.Kind] = {
    "classification": classification.KIND,
    "multilabel": multilabel.KIND,
    "regression": regression.KIND,
    "multiple_choice": multiple_choice.KIND,
    "tagging": tagging.KIND,
    "crf": tagging.CRF,
    "span": span.KIND,
    "embedding": embedding.KIND,
    "generation": generation.KIND,
    "conditional_span": span.CONDITIONAL,
    "early_exit": classification.EARLY_EXIT,
    "early_exit_regression": regression.EARLY_EXIT,
}


def of_model(task: str, model: keras.Model) -> str | None:
    """The name of a model's kind.

    Args:
        task: the kind of task that the model should be for.
        model: the model.
    Returns:
        a name in `KINDS`; None if the model is for another kind of task.
    """
    for name, kind in KINDS.items():
        if kind.task == task and isinstance(model, kind.model):
            return name
    return None


def has_exits(model_class: type[keras.Model] | None) -> bool:
    """Whether models of a class have a classifier at every layer."""
    exits = {kind.with_exits for kind in KINDS.values() if kind.with_exits}
    return any(KINDS[name].model is model_class for name in exits)


def outputs_of(model: keras.Model, outputs: dict[str, Any]) -> dict[str, Any]:
    """Selects the outputs from which predictions are made, by the kind."""
    for kind in KINDS.values():
        if isinstance(model, kind.model):
            return kind.outputs(outputs)
    return outputs


def predicted(
    model: keras.Model, batch: Any, options: Any = None
) -> dict[str, Any]:
    """What predictions for a batch are made from, by the kind.

    Args:
        model: the model.
        batch: the model's inputs.
        options: as in `Kind.run`.
    """
    for kind in KINDS.values():
        if isinstance(model, kind.model):
            return kind.outputs(kind.run(model, batch, options))
    return model(batch)


def constants_of(model: keras.Model) -> dict[str, np.ndarray]:
    """What predictions are made from besides a model's outputs, by the kind."""
    for kind in KINDS.values():
        if isinstance(model, kind.model):
            return kind.constants(model)
    return {}


def shared_head(task: str | None) -> str | None:
    """The head of a kind of task, if files may use its name for other heads.

    Args:
        task: a kind of task; None if unknown.
    Returns:
        one of SHARED_HEADS, or None.
    """
    kind = KINDS.get(task or "")
    return kind.head if kind and kind.head in SHARED_HEADS else None


# Heads for which Google's or Hugging Face's files use the same name.
SHARED_HEADS = ("classifier", "tagging", "multiple_choice")
