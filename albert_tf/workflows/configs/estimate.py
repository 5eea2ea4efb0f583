"""The settings of albert-tf estimate finetune."""

import dataclasses

from albert_tf.workflows.configs import finetune
from albert_tf.workflows.configs import pretrain
from data_pipeline.config import changed


@dataclasses.dataclass(frozen=True, kw_only=True)
class EstimateFinetuneConfig(finetune.FinetuneConfig):
    """A fine-tuning run, and the devices that it is estimated for.

    Example:
        >>> config = albert_tf.EstimateFinetuneConfig(
        ...     task_name="cola", model="base", device_memory_gb=16
        ... )
        >>> config.estimate_replicas
        1
    """

    estimate_replicas: int = changed(
        pretrain.PretrainConfig, "estimate_replicas"
    )
    device_memory_gb: float | None = changed(
        pretrain.PretrainConfig, "device_memory_gb"
    )
    flops_per_second: float | None = changed(
        pretrain.PretrainConfig, "flops_per_second"
    )
