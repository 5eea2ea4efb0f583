"""Regression: a number for a text or a pair of texts."""

from typing import Any

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.early_exit import model as early_exit
from albert_tf.early_exit import objectives as early_exit_objectives
from albert_tf.kinds import kind


def _sums(model, batch, dropout_seed):
    """Squared error for `label` float32 [B]; correct if it is within 0.5."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    error = outputs["logits"][..., 0] - batch["label"]
    loss = losses.weighted(error**2, batch)
    return [losses.item_sums(loss, tf.abs(error) < 0.5, batch)]


def _distilled(student, teacher, batch, temperature):
    """Squared difference from the teacher's number; temperature is ignored."""
    error = (student["logits"] - teacher["logits"])[..., 0]
    return [(error**2, tf.abs(error) < 0.5, batch["item"] >= 0)]


_ABOUT: dict[str, Any] = {
    "labels": {"label": batches.Array("float32", "B")},
    "does": "predicts a number for a text",
    "pipeline": "text-classification",
    "problem_type": "regression",
    "errors": "furthest from their labels",
}

KIND = kind.Kind(
    task="regression",
    model=task_models.AlbertClassifier,
    objective=objectives.of_items(_sums, _distilled),
    head="classifier",
    options=kind.window_options,
    counts_classes=True,
    is_numeric=True,
    with_exits="early_exit_regression",
    **_ABOUT,
)
# A number at every layer; texts leave when several agree.
EARLY_EXIT = kind.Kind(
    task="regression",
    model=early_exit.AlbertEarlyExitClassifier,
    objective=early_exit_objectives.REGRESSION,
    head=early_exit.FIRST_HEAD,
    counts_classes=True,
    is_numeric=True,
    **_ABOUT,
)
