"""The configs of albert-tf metrics and albert-tf submission."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting
from data_pipeline.tasks.configs import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricsConfig(task_config.DataConfig):
    """Settings of score_predictions."""

    eval_file: str | None = config.changed(
        task_config.DataConfig, "eval_file", aliases=("data_file",)
    )

    split: str | None = setting(
        None,
        "Split of --data_dir to score, if it has several, such as dev_matched.",
        section="Predictions",
        aliases=("part",),
    )
    predictions: str | None = setting(
        None,
        "File of predictions to score.",
        section="Predictions",
    )
    null_odds: str | None = setting(
        None,
        "null_odds.json of SQuAD 2.0, to find the best thresholds too.",
        section="Predictions",
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class SubmissionConfig(config.Config):
    """Settings of merge_submissions."""

    input_dir: tuple[str, ...] = setting(
        None,
        "Run folders to merge, each with a submission.zip.",
        is_required=True,
    )
    output: str = setting(
        None,
        "Zip file to write.",
        is_required=True,
    )
