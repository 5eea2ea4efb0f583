"""Estimates the memory, work and time of a pretraining run."""

import dataclasses

from albert_tf.workflows.common import estimates
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import checks
from albert_tf.workflows.pretraining import settings


def estimate(
    config: pretrain_config.PretrainConfig,
) -> estimates.EstimateResult:
    """Estimates the memory, work and time of a pretraining run.

    No records are read. Without `device_memory_gb` and `flops_per_second`, the
    run is assumed to be for this machine, whose speed is measured.

    Args:
        config: the settings of the run.
    Raises:
        ValueError: the settings do not fit together.
    """
    config = dataclasses.replace(config, estimate=True)
    checks.check(config)
    shape = settings.shape(
        config, estimates.is_tpu(config), config.estimate_replicas
    )
    return estimates.result(config, shape, [])
