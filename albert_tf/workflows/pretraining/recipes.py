"""Named recipes of pretraining: settings that were measured together."""

import dataclasses
from typing import Any

from absl import logging

from albert_tf import config as config_lib
from albert_tf.planning import depth_schedule
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import settings


def applied(
    config: pretrain_config.PretrainConfig,
) -> pretrain_config.PretrainConfig:
    """The config with the settings of its recipe, which are logged.

    Settings that the config gives win over those of the recipe.

    Raises:
        ValueError, OSError: the sizes of the model cannot be read.
    """
    if config.recipe is None:
        return config
    recipe = RECIPES[config.recipe](settings.albert(config))
    used = {
        name: value
        for name, value in recipe.items()
        if not config.is_given(name)
    }
    logging.info(
        "--recipe=%s: %s.", config.recipe, _flags(used) or "no other settings"
    )
    kept = {name: getattr(config, name) for name in recipe.keys() - used.keys()}
    if kept:
        logging.info("Given, and not the recipe's: %s.", _flags(kept))
    return dataclasses.replace(config, **used)


def _fast(albert: config_lib.AlbertConfig) -> dict[str, Any]:
    """Half of the layers for most steps, if layers share their weights.

    Measured with 4 layers of 192 for 400 seconds; see docs/training.md.
    """
    layers = albert.num_hidden_layers
    half = layers // 2
    if half == 0 or depth_schedule.unused(albert, half):
        return {}
    return {"depth_schedule": f"{half}:0.6,{layers}:0.4"}


RECIPES = {"fast": _fast}


def _flags(values: dict[str, Any]) -> str:
    """Settings as flags, in the order of their names."""
    return " ".join(
        f"--{name}={str(value).lower() if value is True else value}"
        for name, value in sorted(values.items())
    )
