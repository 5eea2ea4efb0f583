"""The settings that identify a run when it resumes and on all its machines.

They follow from the marks of a config's fields, so that no setting can be
forgotten.
"""

from collections.abc import Mapping
from typing import Any

from data_pipeline import config as config_lib


def without_places(
    settings: Mapping[str, Any], config: config_lib.Config
) -> dict[str, Any]:
    """Removes the settings that may differ between the machines of a run.

    Args:
        settings: the settings by name, including entries that are not fields.
        config: the run's config.
    """
    local = {
        field.name
        for field, known in config_lib.fields_of(type(config))
        if known.is_local
    }
    return {n: v for n, v in settings.items() if n not in local}


def of_all_machines(config: config_lib.Config) -> dict[str, Any]:
    """The settings that must be the same on all machines of a run, by flag."""
    settings = without_places(config.values(), config)
    return {f"--{name}": value for name, value in settings.items()}
