"""Checks the machine that a run is to start on."""

import os

import tensorflow as tf

from albert_tf.doctor import devices as devices_lib
from albert_tf.doctor import findings
from albert_tf.doctor import installation
from albert_tf.workflows.common import devices as devices_common
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
) -> devices_lib.Devices | None:
    """Checks packages, processor and devices.

    Args:
        config: of the run.
        found: where the findings go.
    Returns:
        The devices that the run will have; None if there are none.
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
        devices_lib.look,
        {name: getattr(config, name) for name in _SETTINGS},
        os.environ.get("TF_CONFIG", ""),
    )
    if devices is not None:
        is_tpu = devices.kind == "TPU"
        if is_tpu and devices_common.precision(config, is_tpu) == "float32":
            found.warning(
                "--precision",
                "float32 on a TPU, whose matrix units are made for bfloat16. "
                "Leave --precision out.",
            )
    return devices
