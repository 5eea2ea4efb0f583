"""The settings of albert-tf exit-curve."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline.config import setting
from data_pipeline.tasks.configs import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExitCurveConfig(model.FetchConfig, task_config.TaskConfig):
    """A measurement of a model with early exits: score by work and time.

    Example:
        >>> config = albert_tf.ExitCurveConfig(
        ...     checkpoint="run", output_dir="curve"
        ... )
        >>> config.timed_texts
        200
    """

    checkpoint: str = setting(
        None,
        "Model to measure: anything that albert_tf.load reads, such as a "
        "run's folder.",
        section="Early exits",
        is_required=True,
        is_weights=True,
    )
    which: str | None = model.which_checkpoint("--checkpoint")
    output_dir: str = setting(
        None,
        "Folder to write exit_curve.json and exit_curve.png to.",
        section="Early exits",
        is_required=True,
    )
    eval_batch_size: int = setting(
        64,
        "Texts per evaluation batch.",
        section="Early exits",
        minimum=1,
    )
    timed_texts: int = setting(
        200,
        "Number of texts to time, one at a time.",
        section="Early exits",
        minimum=1,
    )
    exit_threshold: float = setting(
        0.1,
        "For regression: the largest difference at which two predictions "
        "count as agreeing.",
        section="Early exits",
        minimum=0.0,
    )
