"""Flags that pretraining and fine-tuning share: where and how steps run."""

from absl import flags

from albert_tf.training import watchdog
from data_pipeline.commands import command_help


def define() -> None:
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    command_help.section("Devices")
    enum(
        "strategy",
        "auto",
        ["auto", "one_device", "mirrored", "multi_worker", "tpu"],
        "Devices to run on. auto: the TPU of --tpu_name, the machines of "
        "--worker_hosts, all GPUs, or the CPU; the first that applies.",
    )
    string("tpu_name", None, "TPU to use: its name, its address, or local.")
    flags.DEFINE_alias("tpu", "tpu_name")
    integer(
        "num_cpu_devices",
        2,
        "Number of logical devices that --strategy=mirrored splits a CPU into.",
        1,
    )
    flags.DEFINE_list(
        "worker_hosts",
        None,
        "Machines of --strategy=multi_worker, as host:port,host:port,...; run "
        "the same command on each, with its own --task_index. Setting the "
        "variable TF_CONFIG works as well.",
    )
    integer(
        "task_index",
        None,
        "Position of this machine in --worker_hosts, from 0.",
        0,
    )
    enum(
        "precision",
        "auto",
        ["auto", "float32", "bfloat16"],
        "Precision of matrix products; weights, norms, softmax and losses stay "
        "float32. auto: bfloat16 on a TPU, float32 elsewhere.",
    )
    boolean(
        "jit_compile",
        False,
        "Whether to compile the training step with XLA (always done on a TPU).",
    )
    enum(
        "depth",
        "auto",
        ["auto", "unrolled", "loop"],
        "How the layers are laid out in the program. unrolled: every layer in "
        "turn; loop: one layer in a loop, which starts faster. auto: loop with "
        "--recompute, where it takes the least memory; otherwise unrolled, "
        "since a loop is 2% to 5% slower on a CPU.",
    )
    boolean(
        "recompute",
        False,
        "Whether to recompute activations in the backward pass instead of "
        "keeping them: a third more work for a fraction of the memory.",
    )
    enum(
        "on_collapse",
        "rollback",
        watchdog.ON_COLLAPSE,
        "What to do when the loss climbs back or becomes NaN, or when norms "
        "explode. rollback: go back to the last good checkpoint with a quarter "
        "of the learning rate.",
    )
