"""Finds Keras losses that would treat a model's logits as probabilities."""

import inspect
from typing import Any

import keras
import tensorflow as tf


def check(losses: Any) -> None:
    """Checks that no loss expects probabilities.

    Args:
        losses: as in `compile`: a name, a function, a keras Loss, a list or a
            dict of these, or None.
    Raises:
        ValueError: one of them expects probabilities.
    """
    for loss in tf.nest.flatten(losses):
        if _takes_probabilities(loss):
            name = loss if isinstance(loss, str) else type(loss).__name__
            raise ValueError(
                "The loss must take logits, since the model returns logits. "
                f"Received: {name!r}, which takes probabilities. Use "
                "the same loss with from_logits=True, such as "
                "keras.losses.SparseCategoricalCrossentropy(from_logits=True)."
            )


def _takes_probabilities(loss: Any) -> bool:
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    if isinstance(loss, keras.losses.Loss):
        return loss.get_config().get("from_logits") is False
    if not inspect.isfunction(loss) or not loss.__module__.startswith("keras."):
        return False  # None, or the user's own function
    flag = inspect.signature(loss).parameters.get("from_logits")
    return flag is not None and flag.default is False
