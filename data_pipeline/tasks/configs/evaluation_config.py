"""The config of an evaluation's report."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluationConfig(config.Config):
    """What the report of an evaluation shows."""

    group_columns: tuple[str, ...] | None = setting(
        None,
        "Columns of the evaluated file, separated by commas, by whose values "
        "the report groups its rows: the metric of each group with its "
        "interval, and the largest gap.",
        section="Evaluation",
        decides=False,
    )
