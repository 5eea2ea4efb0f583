"""Checks the machine that a run will start on."""

import os

import tensorflow as tf

from albert_tf.doctor import devices as doctor_devices
from albert_tf.doctor import findings
from albert_tf.doctor import installation
from albert_tf.workflows.common import devices as run_devices
from albert_tf.workflows.configs import devices as devices_config

_SETTINGS = (
    "strategy",
    "tpu_name",
    "num_cpu_devices",
    "worker_hosts",
    "task_index",
)


def look(
    config: devices_config.DeviceConfig, found: findings.Findings
) -> doctor_devices.Devices | None:
    """Checks packages, processor and devices.

    Args:
        config: the run's settings.
        found: collects the findings.
    Returns:
        The devices of the run; None if they cannot be used.
    """
    installed = installation.packages()
    gpus = len(tf.config.list_physical_devices("GPU"))
    installation.check_text(found, installed)
    installation.check_accelerators(
        found,
        installed,
        nvidia=installation.has_nvidia(),
        tpu=installation.has_tpu(),
        gpus=gpus,
    )
    if not gpus:
        installation.check_processor(
            found,
            installation.processor_flags(),
            os.environ.get("TF_ENABLE_ONEDNN_OPTS"),
        )
    devices = found.attempt(
        "--strategy",
        doctor_devices.look,
        {name: getattr(config, name) for name in _SETTINGS},
        os.environ.get("TF_CONFIG", ""),
    )
    if devices is not None:
        is_tpu = devices.kind == "TPU"
        if is_tpu and run_devices.precision(config, is_tpu) == "float32":
            found.warning(
                "--precision",
                "float32 is slow on a TPU, whose matrix units are built for "
                "bfloat16. Leave --precision out.",
            )
    return devices
