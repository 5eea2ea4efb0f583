"""Classifiers at every depth."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class EarlyExitConfig(config.Config):
    """Early exits."""

    early_exit: bool = setting(
        False,
        "Train a classifier at every depth, so that texts can exit early: for"
        " classification of texts and pairs, and for regression. A model "
        "trained this way is also evaluated this way.",
        section="Early exits",
    )
    exit_patience: int | None = setting(
        None,
        "During evaluation and prediction, let a text exit after this many "
        "classifiers in a row agree. If left out, all layers are run.",
        section="Early exits",
        minimum=1,
        decides=False,
    )
    exit_threshold: float = setting(
        0.1,
        "For regression with --exit_patience: the largest difference at which"
        " two predictions count as agreeing.",
        section="Early exits",
        minimum=0.0,
        decides=False,
    )
