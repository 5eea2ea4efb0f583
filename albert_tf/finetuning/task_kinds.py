"""The model and the objective of each kind of task."""

import keras

from albert_tf import models
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.early_exit import model as early_exit
from albert_tf.early_exit import objectives as early_exit_objectives
from albert_tf.finetuning import task_objectives

# By the names of data_pipeline's kinds; spans by the head that is asked for,
# and early_exit for classification with --early_exit.
_KINDS = {
    "classification": (
        task_models.AlbertClassifier,
        task_objectives.CLASSIFICATION,
    ),
    "multilabel": (task_models.AlbertClassifier, task_objectives.MULTILABEL),
    "regression": (task_models.AlbertClassifier, task_objectives.REGRESSION),
    "multiple_choice": (
        task_models.AlbertMultipleChoice,
        task_objectives.CLASSIFICATION,
    ),
    "tagging": (task_models.AlbertTagger, task_objectives.CLASSIFICATION),
    "span": (task_models.AlbertSpan, task_objectives.SPAN),
    "conditional_span": (
        task_models.AlbertConditionalSpan,
        task_objectives.CONDITIONAL_SPAN,
    ),
    "early_exit": (
        early_exit.AlbertEarlyExitClassifier,
        early_exit_objectives.CLASSIFICATION,
    ),
    "early_exit_regression": (
        early_exit.AlbertEarlyExitClassifier,
        early_exit_objectives.REGRESSION,
    ),
}
# What `loading` calls the heads that go by one name in files from elsewhere.
CLASSIFIERS = {
    "classification": "classifier",
    "multilabel": "classifier",
    "regression": "classifier",
    "tagging": "tagging",
    "multiple_choice": "multiple_choice",
}
# Their heads read tokens: the loss has no gradient for the pooler.
WITHOUT_POOLER = ("tagging", "span", "conditional_span")
EARLY_EXIT = {
    "classification": "early_exit",
    "regression": "early_exit_regression",
}
# Other kinds of model for a task's kind.
_VARIANTS = {**EARLY_EXIT, "span": "conditional_span"}
NUMBERS = ("regression", EARLY_EXIT["regression"])
_COUNTS_CLASSES = (
    "classification",
    "multilabel",
    "regression",
    "tagging",
    *EARLY_EXIT.values(),
)


def make_model(
    kind: str,
    encoder: models.AlbertEncoder,
    *,
    num_classes: int,
    dropout_prob: float,
    seed: int,
) -> keras.Model:
    """A model with this kind's head on an encoder that others may share."""
    options = {"num_classes": num_classes} if kind in _COUNTS_CLASSES else {}
    if kind != "span":  # whose head drops nothing, as in the original
        options["dropout_prob"] = dropout_prob
    return _KINDS[kind][0](
        encoder.config, seed=seed, encoder=encoder, **options
    )


def kind_of(kind: str, model: keras.Model) -> str | None:
    """The kind of a model for a task of some kind; None: for another task."""
    for name in (kind, _VARIANTS.get(kind)):
        if name and isinstance(model, model_class(name)):
            return name
    return None


def has_exits(model_class: type[keras.Model] | None) -> bool:
    """Whether models of a class have a classifier at every depth."""
    return any(_KINDS[name][0] is model_class for name in EARLY_EXIT.values())


def model_class(kind: str) -> type[keras.Model]:
    return _KINDS[kind][0]


def objective(kind: str) -> objectives.Objective:
    return _KINDS[kind][1]
