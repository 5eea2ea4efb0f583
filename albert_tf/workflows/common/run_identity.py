"""What makes a run the same run: on resuming, and on each of its machines.

The marks of a config's fields decide it, so that no setting can be forgotten.
"""

from collections.abc import Mapping
from typing import Any

from data_pipeline import config as config_lib


def without_places(
    settings: Mapping[str, Any], config: config_lib.Config
) -> dict[str, Any]:
    """Settings of a run without those that each machine may have its own of.

    Args:
        settings: by name, with entries that are no fields.
        config: of the run.
    """
    local = {
        field.name
        for field, known in config_lib.fields_of(type(config))
        if known.is_local
    }
    return {n: v for n, v in settings.items() if n not in local}


def of_all_machines(config: config_lib.Config) -> dict[str, Any]:
    """The settings that all machines of a run must have alike, by flag."""
    settings = without_places(config.values(), config)
    return {f"--{name}": value for name, value in settings.items()}
