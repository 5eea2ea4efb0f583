"""Whether a trained model reads windows of long texts."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import logging

from albert_tf.kinds import kind
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.texts import long_texts


def read_as_trained(
    config: fitted_rows.Config, others: Mapping[str, Any], where: str
) -> fitted_rows.Config:
    """The config, with windows if a model was trained with them and nothing
    says how it should read long texts.

    Args:
        config: the settings, with those of the model's training.
        others: the other entries of the task in task.json.
        where: the model, for messages.
    Raises:
        ValueError: windows are asked for, and the model has no pooling.
    """
    has_windows = bool(kind.window_options(others))
    if config.long_texts == long_texts.WINDOWS and not has_windows:
        raise ValueError(
            "--long_texts=windows must be used with a model that was trained "
            f"with it. Received: {where}, which reads one row of each text. "
            "Leave --long_texts out, or train the model again."
        )
    if not has_windows or config.is_given("long_texts"):
        return config
    logging.info(
        "%s was trained with --long_texts=windows, which is used here too, "
        "with --max_windows=%d.",
        where,
        config.max_windows,
    )
    return dataclasses.replace(config, long_texts=long_texts.WINDOWS)
