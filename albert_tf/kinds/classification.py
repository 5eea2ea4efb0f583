"""Classification: one of several classes for a text or a pair of texts."""

from typing import Any

from albert_tf import batches
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.early_exit import model as early_exit
from albert_tf.early_exit import objectives as early_exit_objectives
from albert_tf.kinds import kind

_ABOUT: dict[str, Any] = {
    "labels": {"label": batches.Array("int32", "B")},
    "does": "assigns one of several classes to a text",
    "pipeline": "text-classification",
    "problem_type": "single_label_classification",
    "groups": "Classes",
}

KIND = kind.Kind(
    task="classification",
    model=task_models.AlbertClassifier,
    objective=objectives.CLASSIFICATION,
    with_options=objectives.classification,
    head="classifier",
    options=kind.window_options,
    counts_classes=True,
    with_exits="early_exit",
    **_ABOUT,
)
# A classifier at every layer; texts leave when several agree.
EARLY_EXIT = kind.Kind(
    task="classification",
    model=early_exit.AlbertEarlyExitClassifier,
    objective=early_exit_objectives.CLASSIFICATION,
    with_options=early_exit_objectives.classification,
    head=early_exit.FIRST_HEAD,
    counts_classes=True,
    **_ABOUT,
)
