"""The devices, precision and execution that a config asks for."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from albert_tf.layers import execution as execution_lib
from albert_tf.training import distribution
from albert_tf.workflows.configs import devices


@contextlib.contextmanager
def used(config: devices.DeviceConfig) -> Iterator[tf.distribute.Strategy]:
    """Yields the strategy, and sets Keras' precision while open.

    Enter it before anything else touches a device. Keras' earlier precision is
    restored at the end.

    Raises:
        ValueError: the devices do not exist, or the machines are not named.
    """
    strategy = distribution.make_strategy(
        config.strategy,
        tpu=config.tpu_name,
        num_cpu_devices=config.num_cpu_devices,
        worker_hosts=config.worker_hosts,
        task_index=config.task_index,
    )
    is_half = precision(config, distribution.is_tpu(strategy)) == "bfloat16"
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(
        "mixed_bfloat16" if is_half else "float32"
    )
    try:
        yield strategy
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def precision(config: devices.DeviceConfig, is_tpu: bool) -> str:
    """The precision of matrix products: "float32" or "bfloat16"."""
    if config.precision == "auto":
        return "bfloat16" if is_tpu else "float32"
    return config.precision


def execution(
    config: devices.DeviceConfig, is_tpu: bool
) -> execution_lib.Execution:
    """How the stack of layers is executed."""
    compiled = config.jit_compile or is_tpu
    depth = config.depth
    if depth == "auto":
        depth = "loop" if config.recompute else "unrolled"
    return execution_lib.Execution(
        depth=depth,
        trace_once=not compiled,
        recompute=config.recompute,
        compiled=compiled,
    )


def described(
    config: devices.DeviceConfig,
    strategy: tf.distribute.Strategy,
    eval_batch_size: int,
) -> dict[str, Any]:
    """Describes how steps are executed, for run.json.

    Another execution changes numbers only by rounding and by the masks of
    dropout.
    """
    how = execution(config, distribution.is_tpu(strategy))
    return {
        "replicas": strategy.num_replicas_in_sync,
        "depth": how.depth,
        "recompute": how.recompute,
        "compiled": how.compiled,
        "eval_batch_size": eval_batch_size,
    }
