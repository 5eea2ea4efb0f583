"""What a pretraining run will take."""

import dataclasses

from albert_tf.workflows.common import estimates
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import checks
from albert_tf.workflows.pretraining import settings


def estimate(
    config: pretrain_config.PretrainConfig,
) -> estimates.EstimateResult:
    """Estimates the memory, work and time of a pretraining run.

    It reads no records. Without `device_memory_gb` and `flops_per_second`, the
    run is taken to be for this machine, which is measured.

    Args:
        config: the settings of the run.
    Raises:
        ValueError: the settings do not go together.
    """
    config = dataclasses.replace(config, estimate=True)
    checks.check(config)
    shape = settings.shape(
        config, estimates.is_tpu(config), config.estimate_replicas
    )
    return estimates.result(config, shape, [])
