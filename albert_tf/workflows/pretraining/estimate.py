"""Estimates what a pretraining run will take, as flags say."""

import dataclasses
import textwrap

import tensorflow as tf
from absl import flags

from albert_tf.doctor import devices
from albert_tf.planning import device_rate
from albert_tf.planning import estimate
from albert_tf.planning import estimate_report
from albert_tf.training import pretraining_settings
from data_pipeline.commands import command_line

_FLAGS = flags.FLAGS
_WIDTH = 80


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    shape = pretraining_settings.shape(is_tpu(), _FLAGS.estimate_replicas)
    show(shape, [])


def is_tpu() -> bool:
    """Whether the run will be on one."""
    return _FLAGS.strategy == "tpu" or bool(_FLAGS.tpu_name)


def show(shape: estimate.Shape, assumed: list[str]) -> None:
    """Prints the estimate, and what it takes for granted.

    Args:
        shape: without what is to be measured here.
        assumed: sentences about what no flag says.
    """
    shape, measured = _completed(shape)
    print(estimate_report.report(shape))
    print("\nTaken for granted")
    for text in (*assumed, *measured):
        print(
            textwrap.fill(
                text,
                _WIDTH,
                initial_indent="  * ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
        )


def _completed(shape: estimate.Shape) -> tuple[estimate.Shape, list[str]]:
    """The shape with this machine's memory and rate, if the run is for it."""
    replicas = f"{shape.replicas} replica{'s' * (shape.replicas > 1)}"
    if is_tpu() or shape.replicas > 1 or _FLAGS.device_memory_gb is not None:
        kind = "TPUs" if is_tpu() else "devices that are not looked at"
        missing = [
            f"--{name}"
            for name in ("device_memory_gb", "flops_per_second")
            if _FLAGS[name].value is None
        ]
        told = f"; {' and '.join(missing)} would say more" * bool(missing)
        return shape, [f"The run is for {replicas}, {kind}{told}."]
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    said = [f"The run is for {replicas}: this machine's {kind}."]
    memory = devices.memory_of_device()
    if memory is not None:
        shape = dataclasses.replace(
            shape, device_memory_gb=round(memory / estimate.GB, 1)
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
