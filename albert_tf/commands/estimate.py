r"""Estimates the memory, work and time of a run before it starts.

    albert-tf estimate pretrain --model=base --train_batch_size=4096 \
        --strategy=tpu --estimate_replicas=8 --device_memory_gb=16
    albert-tf estimate finetune --model=base --task_name=sst-2

takes the flags of albert-tf pretrain or albert-tf finetune, and needs neither
records nor a device. For a run on this machine, it measures the machine's
speed.
"""

import dataclasses

from albert_tf.commands import stage
from albert_tf.workflows.configs import estimate
from albert_tf.workflows.configs import pretrain
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags
from data_pipeline.config import changed


@dataclasses.dataclass(frozen=True, kw_only=True)
class _PretrainConfig(pretrain.PretrainConfig):
    """A pretraining run with --estimate by default."""

    estimate: bool = changed(pretrain.PretrainConfig, "estimate", default=True)


_DEVICES = (
    "strategy",
    "precision",
    "estimate_replicas",
    "device_memory_gb",
    "flops_per_second",
)


def run() -> None:
    if stage.take() == "pretrain":
        _run_pretrain()
    else:
        _run_finetune()


def _run_pretrain() -> None:
    from albert_tf.commands.pretrain import show

    config_flags.run(
        _PretrainConfig,
        "albert_tf.commands.ending:pretrain",
        __doc__,
        show=show,
        replaced=original_flags.PRETRAINING,
        # Shown before all others by --help.
        first=(
            "model",
            "albert_config_file",
            "train_batch_size",
            "num_train_steps",
            "max_seq_length",
            *_DEVICES,
        ),
    )


def _run_finetune() -> None:
    config_flags.run(
        estimate.EstimateFinetuneConfig,
        "albert_tf.workflows.finetuning.estimate:estimate",
        __doc__,
        show=lambda result: print(result.text),
        replaced=original_flags.CLASSIFIER,
        first=(
            "model",
            "init_checkpoint",
            "task_name",
            "data_dir",
            "train_file",
            "train_batch_size",
            "max_seq_length",
            *_DEVICES,
        ),
    )
