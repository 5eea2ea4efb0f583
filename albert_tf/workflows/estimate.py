"""albert_tf.estimate: memory, work and time of a run, before it starts."""

from albert_tf.workflows.common import estimates
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.finetuning import estimate as estimate_finetuning
from albert_tf.workflows.pretraining import estimate as estimate_pretraining


def estimate(config: estimates.Config) -> estimates.EstimateResult:
    """Estimates the memory, work and time of a run.

    No records are read. Without `device_memory_gb` and `flops_per_second`, the
    run is assumed to be for this machine, whose speed is measured.

    Args:
        config: a PretrainConfig, or an EstimateFinetuneConfig, which has the
            settings of a FinetuneConfig.
    Returns:
        The numbers, and a text with the assumptions and with settings that
        would save memory.
    Raises:
        ValueError: settings do not fit together.

    Example:
        >>> config = albert_tf.PretrainConfig(
        ...     model="base", train_batch_size=32, flops_per_second=1e12
        ... )
        >>> albert_tf.estimate(config).parameters
        11813810
    """
    if isinstance(config, pretrain_config.PretrainConfig):
        return estimate_pretraining.estimate(config)
    return estimate_finetuning.estimate(config)
