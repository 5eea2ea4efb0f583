"""Checks devices: can batches be divided, and does a step fit into memory?"""

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow.python.client import device_lib

from albert_tf.doctor import findings
from albert_tf.planning import estimate
from albert_tf.training import distribution

# A TPU pads batches to a multiple of this many rows.
_TPU_ROWS = 8


@dataclasses.dataclass(frozen=True)
class Devices:
    """The devices of a run.

    Attributes:
        kind: "CPU", "GPU" or "TPU".
        replicas: number of replicas on all machines.
        on_host: number of replicas on this machine.
        memory: bytes of memory per replica; None if unknown.
    """

    kind: str
    replicas: int
    on_host: int
    memory: int | None


def look(flags: Mapping[str, Any], tf_config: str) -> Devices:
    """Finds the devices of a run with these flags.

    A TPU is started, since only a running one reports its replicas. Nothing
    else is started, and other machines are not waited for.

    Args:
        flags: settings of a DeviceConfig, by name.
        tf_config: the environment variable TF_CONFIG, or "".
    Raises:
        ValueError: the device does not exist, or the machines of
            --strategy=multi_worker are not given.
    """
    hosts, tpu = flags["worker_hosts"], flags["tpu_name"]
    name = distribution.choose(flags["strategy"], tpu, hosts, tf_config)
    distribution.check_machines(name, hosts, flags["task_index"], tf_config)
    if name == "tpu":
        made = distribution.make_strategy("tpu", tpu=tpu)
        return Devices("TPU", made.num_replicas_in_sync, 1, None)
    gpus = tf.config.list_physical_devices("GPU")
    on_host = max(1, len(gpus))
    if name == "one_device":
        on_host = 1
    elif name == "mirrored" and not gpus:
        on_host = flags["num_cpu_devices"]
    replicas = on_host
    if name == "multi_worker":
        replicas *= workers(hosts, tf_config)
    memory = memory_of_device()
    if gpus:
        return Devices("GPU", replicas, on_host, memory)
    if memory is not None:
        memory //= on_host
    return Devices("CPU", replicas, on_host, memory)


def memory_of_device() -> int | None:
    """Bytes of memory of this machine's smallest GPU, or, without GPUs, the
    available memory of the machine; None if unknown."""
    limits = []
    if tf.config.list_physical_devices("GPU"):
        limits = [
            device.memory_limit
            for device in device_lib.list_local_devices()
            if device.device_type == "GPU"
        ]
    return min(limits) if limits else _available()


def workers(hosts: list[str] | None, tf_config: str) -> int:
    """The number of machines of a run with --strategy=multi_worker.

    Args:
        hosts: --worker_hosts.
        tf_config: the environment variable TF_CONFIG, or "".
    Raises:
        ValueError: neither names the machines.
    """
    if hosts:
        return len(hosts)
    try:
        cluster = json.loads(tf_config)["cluster"]
        return len(cluster.get("chief", [])) + len(cluster["worker"])
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        raise ValueError(
            "--strategy=multi_worker must be given its machines, by "
            "--worker_hosts and --task_index or by the TF_CONFIG variable. "
            f"Received: TF_CONFIG={tf_config[:200]!r}."
        ) from None


def check_batches(
    found: findings.Findings,
    devices: Devices,
    *,
    train_batch_size: int,
    accumulate_steps: int,
    **others: int,
) -> None:
    """Checks that batches can be divided among replicas and parts.

    Args:
        found: collects the findings.
        devices: the run's devices.
        train_batch_size, accumulate_steps: the values of these flags.
        **others: the values of flags for batches that are not split into parts.
    """
    before = len(found.all)
    for flag, size, parts in (
        ("train_batch_size", train_batch_size, accumulate_steps),
        *((flag, size, 1) for flag, size in others.items()),
    ):
        found.attempt(
            f"--{flag}",
            distribution.check_batch_size,
            flag,
            size,
            devices.replicas,
            parts,
        )
    if len(found.all) > before:
        return
    rows = train_batch_size // (devices.replicas * accumulate_steps)
    replicas = f"{devices.replicas} replica{'s' * (devices.replicas > 1)}"
    said = f"{rows} rows at once per replica, on {replicas}"
    if devices.kind == "TPU" and rows % _TPU_ROWS:
        found.warning(
            "--train_batch_size",
            f"{said}: a TPU pads them to a multiple of {_TPU_ROWS}. Choose a "
            "batch size that gives every replica such a multiple.",
        )
    else:
        found.fine("--train_batch_size", f"{said} ({devices.kind}).")


def check_memory(
    found: findings.Findings, devices: Devices, shape: estimate.Shape
) -> None:
    """Checks that a step fits into the memory of a device, by its estimate."""
    needs = estimate.memory_of_step(shape).total
    said = f"A step takes about {needs / estimate.GB:.2f} GB per replica"
    if devices.memory is None:
        found.fine(
            "--train_batch_size",
            f"{said}; the memory of the device is unknown.",
        )
        return
    has = devices.memory / estimate.GB
    said += f", which has {has:.1f} GB ({devices.kind})"
    if needs <= estimate.USABLE * devices.memory:
        found.fine("--train_batch_size", f"{said}.")
        return
    shape = dataclasses.replace(shape, device_memory_gb=has)
    remedies = []
    parts = estimate.fitting_parts(shape)
    if parts is not None:
        remedies.append(f"--accumulate_steps={parts}")
    if not shape.recompute:
        remedies.append("--recompute")
    largest = estimate.largest_batch(shape)
    if largest:
        remedies.append(f"--train_batch_size={largest} or less")
    remedies.append("a smaller model")
    judge = found.error if needs > devices.memory else found.warning
    judge("--train_batch_size", f"{said}. Use {', or '.join(remedies)}.")


def _available() -> int | None:
    """Bytes of memory available to a new process; None outside Linux."""
    if not os.path.exists("/proc/meminfo"):
        return None
    with open("/proc/meminfo") as file:
        sizes = dict(line.split(":") for line in file)
    return 1024 * int(sizes["MemAvailable"].split()[0])
