r"""Estimates the memory, work and time of a pretraining run.

    albert-tf estimate --model=base --train_batch_size=4096 --strategy=tpu

takes the flags of albert-tf pretrain, and needs neither records nor a device.
"""

from absl import flags

from albert_tf.training import pretraining_flags
from data_pipeline import command_line
from data_pipeline import original_flags
from data_pipeline.pretraining import mask_settings

# Shown before all others by --help.
_FIRST = (
    "model",
    "albert_config_file",
    "train_batch_size",
    "max_seq_length",
    "strategy",
    "precision",
    "estimate_replicas",
    "device_memory_gb",
    "flops_per_second",
)


def run() -> None:
    pretraining_flags.define()
    mask_settings.define_flags()
    flags.FLAGS.set_default("estimate", True)
    command_line.run(
        command_line.main_of("albert_tf.workflows.pretrain"),
        __doc__,
        original_flags.PRETRAINING,
        first=_FIRST,
    )
