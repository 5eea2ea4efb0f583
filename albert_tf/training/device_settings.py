"""What the flags about devices and steps come to."""

from typing import Any

import keras
import tensorflow as tf
from absl import flags

from albert_tf.layers import execution as execution_lib
from albert_tf.training import distribution

_FLAGS = flags.FLAGS


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


def execution(is_tpu: bool) -> execution_lib.Execution:
    compiled = _FLAGS.jit_compile or is_tpu
    depth = _FLAGS.depth
    if depth == "auto":
        depth = "loop" if _FLAGS.recompute else "unrolled"
    return execution_lib.Execution(
        depth=depth,
        trace_once=not compiled,
        recompute=_FLAGS.recompute,
        compiled=compiled,
    )


def described(strategy: tf.distribute.Strategy) -> dict[str, Any]:
    """How steps run, for run.json: it changes numbers by rounding only, and
    where there is dropout, by other masks."""
    how = execution(distribution.is_tpu(strategy))
    return {
        "replicas": strategy.num_replicas_in_sync,
        "depth": how.depth,
        "recompute": how.recompute,
        "compiled": how.compiled,
        "eval_batch_size": _FLAGS.eval_batch_size,
    }
