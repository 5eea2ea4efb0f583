"""Sizes of a model, and the choice of a run's checkpoint."""

import dataclasses
from typing import Any

from albert_tf import published_sizes
from data_pipeline import config
from data_pipeline.config import setting


def which_checkpoint(names: str, **known: Any) -> Any:
    """Declares the field `which`.

    Args:
        names: the flags that may name the folder of a run.
        **known: attributes of `Setting`.
    """
    return setting(
        None,
        f"Which checkpoint to take if {names} is the folder of a run. If left "
        "out, the best, or the last if nothing was evaluated.",
        section="Model",
        choices=("best", "last"),
        **known,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class FetchConfig(config.Config):
    """How models that are named rather than stored here are fetched."""

    offline: bool = setting(
        False,
        "Whether to use only models that were fetched before, and to contact "
        "no server. HF_HUB_OFFLINE=1 in the environment does the same.",
        section="Model",
        decides=False,
        is_local=True,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig(FetchConfig):
    """Sizes of a model that has no config.json beside its weights."""

    albert_config_file: str | None = setting(
        None,
        "JSON file with the model's sizes: for random weights, or for a "
        "checkpoint that has none beside it.",
        section="Model",
        decides="config",
        is_local=True,
    )
    model: str | None = setting(
        None,
        "Published model size, as an alternative to --albert_config_file.",
        section="Model",
        choices=tuple(published_sizes.SIZES),
        decides="config",
    )
