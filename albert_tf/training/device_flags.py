"""Flags that pretraining and fine-tuning share: where and how steps run."""

import keras
import tensorflow as tf
from absl import flags

from albert_tf.layers import transformer
from albert_tf.training import distribution
from albert_tf.training import loop

_FLAGS = flags.FLAGS


def define() -> None:
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    enum(
        "strategy",
        "auto",
        distribution.STRATEGIES,
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
        ["auto", *transformer.DEPTHS],
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
        loop.ON_COLLAPSE,
        "What to do when the loss climbs back or becomes NaN, or when norms "
        "explode. rollback: go back to the last good checkpoint with a quarter "
        "of the learning rate.",
    )


def make_strategy() -> tf.distribute.Strategy:
    """Of the flags; call it before anything else touches a device.

    Sets Keras' precision too, which layers take when they are made.
    """
    strategy = distribution.make_strategy(
        _FLAGS.strategy,
        tpu=_FLAGS.tpu_name,
        num_cpu_devices=_FLAGS.num_cpu_devices,
        worker_hosts=_FLAGS.worker_hosts,
        task_index=_FLAGS.task_index,
    )
    is_half = precision(distribution.is_tpu(strategy)) == "bfloat16"
    keras.mixed_precision.set_dtype_policy(
        "mixed_bfloat16" if is_half else "float32"
    )
    return strategy


def precision(is_tpu: bool) -> str:
    """Of --precision: float32 or bfloat16."""
    if _FLAGS.precision == "auto":
        return "bfloat16" if is_tpu else "float32"
    return _FLAGS.precision


def execution(is_tpu: bool) -> transformer.Execution:
    compiled = _FLAGS.jit_compile or is_tpu
    depth = _FLAGS.depth
    if depth == "auto":
        depth = "loop" if _FLAGS.recompute else "unrolled"
    return transformer.Execution(
        depth=depth,
        trace_once=not compiled,
        recompute=_FLAGS.recompute,
        compiled=compiled,
    )
