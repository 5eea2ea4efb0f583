"""The estimate of a run, completed with what this machine has."""

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
    """What a run will take.

    Attributes:
        parameters: of the model.
        flops: floating-point operations of the whole run.
        memory_bytes: that a step takes on each replica.
        seconds: of the whole run; None if nothing says how fast a device is.
        text: the same in words, with what was assumed and what would change
            it.
    """

    parameters: int
    flops: float
    memory_bytes: float
    seconds: float | None
    text: str


def result(
    config: Config, shape: estimate_lib.Shape, assumed: Sequence[str]
) -> EstimateResult:
    """The estimate of a run.

    Args:
        config: of the run.
        shape: of the run, without what is to be measured here.
        assumed: sentences about what the config does not say.
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
            [estimate_report.report(shape), "", "Taken for granted", *sentences]
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
        kind = "TPUs" if on_tpu else "devices that are not looked at"
        missing = [
            f"--{name}"
            for name, value in (
                ("device_memory_gb", config.device_memory_gb),
                ("flops_per_second", config.flops_per_second),
            )
            if value is None
        ]
        told = f"; {' and '.join(missing)} would say more" * bool(missing)
        return shape, [f"The run is for {replicas}, {kind}{told}."]
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    said = [f"The run is for {replicas}: this machine's {kind}."]
    memory = devices_lib.memory_of_device()
    if memory is not None:
        shape = dataclasses.replace(
            shape, device_memory_gb=round(memory / estimate_lib.GB, 1)
        )
        said.append(
            f"It has {shape.device_memory_gb:g} GB of memory to spare now "
            "(--device_memory_gb says otherwise)."
        )
    if shape.flops_per_second is None:
        rate = device_rate.measure(shape.precision)
        shape = dataclasses.replace(shape, flops_per_second=rate)
        said.append(
            f"It does {rate:.3g} operations a second: what large matrix "
            "products reached just now. Steps of small models reach less, and "
            "evaluation and saving take time as well, so the run will take "
            "longer. --flops_per_second says otherwise."
        )
    return shape, said
