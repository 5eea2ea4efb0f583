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
        "auto: the TPU of --tpu_name, the machines of --worker_hosts, all "
        "GPUs, or the CPU.",
    )
    string("tpu_name", None, "TPU to use: its name, its address, or local.")
    flags.DEFINE_alias("tpu", "tpu_name")
    integer(
        "num_cpu_devices",
        2,
        "Logical devices that --strategy=mirrored makes of a CPU.",
        1,
    )
    flags.DEFINE_list(
        "worker_hosts",
        None,
        "Machines of --strategy=multi_worker, host:port,host:port,...; the "
        "same command runs on each, with its --task_index. The variable "
        "TF_CONFIG does as well.",
    )
    integer("task_index", None, "Number of this machine in it, from 0.", 0)
    enum(
        "precision",
        "auto",
        ["auto", "float32", "bfloat16"],
        "Of the products; weights, norms, softmax and losses stay float32. "
        "auto: bfloat16 on TPU.",
    )
    boolean(
        "jit_compile", False, "Whether XLA compiles the step (TPU: always)."
    )
    enum(
        "depth",
        "auto",
        ["auto", *transformer.DEPTHS],
        "unrolled: a program with every layer in it; loop: one layer in a "
        "loop, which starts faster. auto: loop with --recompute, of which it "
        "takes the least memory; without it a loop is slower, by 2% to 5% on a "
        "CPU.",
    )
    boolean(
        "recompute",
        False,
        "Whether to compute activations again in the backward pass rather than "
        "keep them: a third more work for a fraction of the memory.",
    )
    enum(
        "on_collapse",
        "rollback",
        loop.ON_COLLAPSE,
        "What to do when the loss climbs back, is no number, or norms explode. "
        "rollback: go back to the last good checkpoint with a quarter of the "
        "learning rate.",
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
