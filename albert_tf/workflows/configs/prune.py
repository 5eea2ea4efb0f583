"""The settings of albert-tf prune."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline.config import setting
from data_pipeline.tasks.configs import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class PruneConfig(model.FetchConfig, task_config.TaskConfig):
    """A pruning of attention heads and feed-forward units.

    Example:
        >>> config = albert_tf.PruneConfig(
        ...     checkpoint="run",
        ...     output="pruned",
        ...     keep_heads="8",
        ...     keep_width="0.5",
        ... )
        >>> config.num_batches
        128
    """

    checkpoint: str = setting(
        None,
        "Model to prune: anything that albert_tf.load reads, such as a run's "
        "folder.",
        section="Pruning",
        is_required=True,
        is_weights=True,
    )
    which: str | None = model.which_checkpoint("--checkpoint")
    output: str = setting(
        None,
        "Folder to write the pruned model to.",
        section="Pruning",
        is_required=True,
    )
    keep_heads: tuple[str, ...] | None = setting(
        None,
        "Attention heads to keep in each set of weights: a number, or a "
        "fraction such as 0.5. If left out, all. Several values, separated by"
        " commas, are paired with those of --keep_width.",
        section="Pruning",
    )
    keep_width: tuple[str, ...] | None = setting(
        None,
        "Feed-forward units to keep in each set of weights: a number, or a "
        "fraction such as 0.5. If left out, all. Several values, separated by"
        " commas, are paired with those of --keep_heads.",
        section="Pruning",
    )
    num_batches: int = setting(
        128,
        "Number of training batches to measure importance on.",
        section="Pruning",
        minimum=1,
    )
    batch_size: int = setting(
        16,
        "Examples per batch when measuring importance; their gradients are "
        "summed.",
        section="Pruning",
        minimum=1,
    )
    random_seed: int = setting(
        12345,
        "Seed for the choice of training batches.",
        section="Pruning",
    )
    eval_batch_size: int = setting(
        64,
        "Texts per evaluation batch.",
        section="Pruning",
        minimum=1,
    )
