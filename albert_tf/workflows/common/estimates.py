"""Estimates a run, with this machine's memory and speed where they apply."""

import dataclasses
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from albert_tf.doctor import devices as devices_lib
from albert_tf.planning import device_rate
from albert_tf.planning import estimate as estimate_lib
from albert_tf.planning import estimate_report
from albert_tf.workflows.configs import devices
from albert_tf.workflows.configs import estimate as estimate_config
from albert_tf.workflows.configs import pretrain as pretrain_config

_WIDTH = 80
Config = pretrain_config.PretrainConfig | estimate_config.EstimateFinetuneConfig


class EstimateResult(NamedTuple):
    """The estimate of a run.

    Attributes:
        parameters: number of the model's weights.
        flops: floating-point operations of the whole run.
        memory_bytes: memory of a step on each replica.
        seconds: time of the whole run; None if the speed of a device is
            unknown.
        text: the same in words, with the assumptions and with settings that
            would save memory.
    """

    parameters: int
    flops: float
    memory_bytes: float
    seconds: float | None
    text: str


def result(
    config: Config, shape: estimate_lib.Shape, assumed: Sequence[str]
) -> EstimateResult:
    """Estimates a run.

    Args:
        config: the run's settings.
        shape: the run's shape; memory and speed that it lacks are measured, if
            the run is for this machine.
        assumed: sentences about assumptions that were made.
    """
    shape, measured = _completed(config, shape)
    sentences = [
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent="  * ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
        for text in (*assumed, *measured)
    ]
    seconds = None
    if shape.flops_per_second:
        seconds = estimate_lib.seconds_of_run(shape)
    return EstimateResult(
        shape.parameters,
        estimate_lib.flops_of_run(shape),
        estimate_lib.memory_of_step(shape).total,
        seconds,
        "\n".join(
            [estimate_report.report(shape), "", "Assumptions", *sentences]
        ),
    )


def is_tpu(config: devices.DeviceConfig) -> bool:
    """Whether the run will be on a TPU."""
    return config.strategy == "tpu" or bool(config.tpu_name)


def _completed(
    config: Config, shape: estimate_lib.Shape
) -> tuple[estimate_lib.Shape, list[str]]:
    """The shape with this machine's memory and rate, if the run is for it."""
    replicas = f"{shape.replicas} replica{'s' * (shape.replicas > 1)}"
    on_tpu = is_tpu(config)
    if on_tpu or shape.replicas > 1 or config.device_memory_gb is not None:
        kind = "TPUs" if on_tpu else "devices of another machine"
        missing = [
            f"--{name}"
            for name, value in (
                ("device_memory_gb", config.device_memory_gb),
                ("flops_per_second", config.flops_per_second),
            )
            if value is None
        ]
        hint = f"; give {' and '.join(missing)} for more" * bool(missing)
        return shape, [f"The run uses {replicas}: {kind}{hint}."]
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    said = [f"The run uses {replicas}: this machine's {kind}."]
    memory = devices_lib.memory_of_device()
    if memory is not None:
        shape = dataclasses.replace(
            shape, device_memory_gb=round(memory / estimate_lib.GB, 1)
        )
        said.append(
            f"It has {shape.device_memory_gb:g} GB of available memory now "
            "(--device_memory_gb overrides this)."
        )
    if shape.flops_per_second is None:
        rate = device_rate.measure(shape.precision)
        shape = dataclasses.replace(shape, flops_per_second=rate)
        said.append(
            f"It reaches {rate:.3g} operations per second in large matrix "
            "products, measured just now (--flops_per_second overrides this). "
            "Small models reach less, and evaluations and checkpoints take "
            "time as well, so the run will take longer."
        )
    return shape, said
