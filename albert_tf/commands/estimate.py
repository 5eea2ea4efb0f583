r"""Estimates the memory, work and time of a run before it starts.

    albert-tf estimate pretrain --model=base --train_batch_size=4096 \
        --strategy=tpu --estimate_replicas=8 --device_memory_gb=16
    albert-tf estimate finetune --model=base --task_name=sst-2

takes the flags of albert-tf pretrain or albert-tf finetune, and needs neither
records nor a device. For this machine, it measures what a step reaches.
"""

from absl import flags

from albert_tf.commands import stage
from albert_tf.training import estimate_flags
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line

_WORKFLOWS = {
    "pretrain": "albert_tf.workflows.pretraining.pretrain",
    "finetune": "albert_tf.workflows.finetuning.estimate",
}

# Shown before all others by --help.
_FIRST = {
    "pretrain": (
        "model",
        "albert_config_file",
        "train_batch_size",
        "num_train_steps",
        "max_seq_length",
    ),
    "finetune": (
        "model",
        "init_checkpoint",
        "task_name",
        "data_dir",
        "train_file",
        "train_batch_size",
        "max_seq_length",
    ),
}
_DEVICES = (
    "strategy",
    "precision",
    "estimate_replicas",
    "device_memory_gb",
    "flops_per_second",
)


def run() -> None:
    word = stage.take()
    stage.define_flags(word)
    if word == "pretrain":
        flags.FLAGS.set_default("estimate", True)
    else:
        command_help.section("Estimates")
        estimate_flags.define()
    command_line.run(
        command_line.main_of(_WORKFLOWS[word]),
        __doc__,
        stage.REPLACED[word],
        first=(*_FIRST[word], *_DEVICES),
    )
