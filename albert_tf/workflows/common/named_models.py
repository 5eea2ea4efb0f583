"""Models that a config names: their paths here, and their names in records."""

import dataclasses
from typing import Any
from typing import TypeVar

from albert_tf.hub import names
from albert_tf.workflows.configs import model
from data_pipeline import config as config_lib

_Config = TypeVar("_Config", bound=config_lib.Config)


def fetched(config: _Config) -> _Config:
    """The config with the path of each model that it names, fetched if need be.

    Raises:
        ValueError: a name means nothing, and is near a released one.
        OSError: a model cannot be fetched.
    """
    is_offline = isinstance(config, model.FetchConfig) and config.offline
    paths: dict[str, Any] = {
        name: names.resolve(getattr(config, name), is_offline)
        for name in _weights(config)
        if getattr(config, name)
    }
    return dataclasses.replace(config, **paths)


def named(config: config_lib.Config) -> dict[str, Any]:
    """The settings of a config that decide the numbers of its run, by name.

    Models that were fetched have their names, with commit or SHA-256, and not
    their paths: those are other ones on other machines.
    """
    found = config_lib.deciding(config)
    for name in _weights(config):
        if found.get(name):
            found[name] = names.name_of(found[name])
    return found


def _weights(config: config_lib.Config) -> list[str]:
    return [
        field.name
        for field, known in config_lib.fields_of(type(config))
        if known.is_weights
    ]


def check_output(config: config_lib.Config, path: str, flag: str) -> None:
    """Raises ValueError if results would be written into the cache.

    Args:
        path: the model, whose folder they are written to by default.
        flag: names another folder.
    """
    if not getattr(config, flag) and names.is_fetched(path):
        raise ValueError(
            f"--{flag} must be given with a model that was fetched by its "
            f"name. Received: {names.name_of(path)} without it."
        )
