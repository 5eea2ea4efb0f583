"""Sets early exit for models that support it."""

import keras

from albert_tf import kinds


def kind_with_exits(kind: str) -> str:
    """The kind whose models have a classifier at every layer.

    Args:
        kind: kind of a task, in `kinds.KINDS`.
    Raises:
        ValueError: there are no such models for tasks of this kind.
    """
    found = kinds.KINDS[kind].with_exits
    if found is None:
        possible = [
            name for name in kinds.KINDS if kinds.KINDS[name].with_exits
        ]
        raise ValueError(
            "--early_exit must be used with tasks that have one class or "
            f"number per text: {', '.join(possible)}. Received: {kind}. Leave "
            "--early_exit out."
        )
    return found


def leave_early(
    model: keras.Model, patience: int | None, threshold: float, task: str
) -> None:
    """Lets texts leave a model before its last layer, except in training.

    Args:
        model: a model with a method leave_early(patience, threshold).
        patience: number of consecutive classifiers that must agree; None turns
            early exit off.
        threshold: for regression, largest difference of predictions that count
            as equal.
        task: name of the task, for messages.
    Raises:
        ValueError: the model does not have a classifier at every layer, or the
            patience is out of range.
    """
    if not hasattr(model, "leave_early"):
        raise ValueError(
            "--exit_patience must be used with a model that has a classifier "
            f"at every layer. Received: an {type(model).__name__} for {task}. "
            "Train a model with --early_exit."
        )
    model.leave_early(patience, threshold)
