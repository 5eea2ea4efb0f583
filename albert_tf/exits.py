"""Models that texts may leave before the last layer."""

import keras


def leave_early(
    model: keras.Model, patience: int | None, threshold: float, task: str
) -> None:
    """Lets texts leave a model before its last layer, while not training.

    Args:
        model: one with a method leave_early(patience, threshold).
        patience: how many classifiers in a row must agree; None: texts pass
            through all layers.
        threshold: for numbers, how much two that agree may differ.
        task: for messages.
    Raises:
        ValueError: the model has no classifier at every depth, or the patience
            is out of range.
    """
    if not hasattr(model, "leave_early"):
        raise ValueError(
            "--exit_patience must be used with a model that has a classifier "
            f"at every depth. Received: an {type(model).__name__} for {task}. "
            "Train one with --early_exit."
        )
    model.leave_early(patience, threshold)
