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
    """Squared error of `label` float32 [B]; correct: within half a unit."""
    outputs = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )
    error = outputs["logits"][..., 0] - batch["label"]
    return [losses.item_sums(error**2, tf.abs(error) < 0.5, batch)]


def _distilled(student, teacher, batch, temperature):
    """A number has no temperature."""
    error = (student["logits"] - teacher["logits"])[..., 0]
    return [(error**2, tf.abs(error) < 0.5, batch["item"] >= 0)]


_ABOUT: dict[str, Any] = {
    "labels": {"label": batches.Array("float32", "B")},
    "does": "gives a text a number",
    "pipeline": "text-classification",
    "problem_type": "regression",
    "errors": "furthest from their labels",
}

KIND = kind.Kind(
    task="regression",
    model=task_models.AlbertClassifier,
    objective=objectives.of_items(_sums, _distilled),
    head="classifier",
    counts_classes=True,
    is_numeric=True,
    with_exits="early_exit_regression",
    **_ABOUT,
)
# A number at every depth, and texts that leave when it settles.
EARLY_EXIT = kind.Kind(
    task="regression",
    model=early_exit.AlbertEarlyExitClassifier,
    objective=early_exit_objectives.REGRESSION,
    head=early_exit.FIRST_HEAD,
    counts_classes=True,
    is_numeric=True,
    **_ABOUT,
)
