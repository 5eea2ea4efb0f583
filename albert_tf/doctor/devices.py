"""Judges the devices: does the batch divide, and does a step fit in memory?"""

import dataclasses
import json
import os

import tensorflow as tf
from tensorflow.python.client import device_lib

from albert_tf.doctor import findings
from albert_tf.training import distribution
from albert_tf.training import estimate

# Rows of a TPU's vector unit; others are filled up.
_TPU_ROWS = 8


@dataclasses.dataclass(frozen=True)
class Devices:
    """What a run will have.

    kind: "CPU", "GPU" or "TPU".
    replicas: over all machines.
    on_host: those that share the memory of this machine.
    memory: bytes that a replica has; None where nobody knows.
    """

    kind: str
    replicas: int
    on_host: int
    memory: int | None


def look(
    strategy: str,
    *,
    tpu: str | None,
    num_cpu_devices: int,
    num_workers: int | None,
) -> Devices:
    """Makes the strategy, but for several machines: that would wait for them.

    Args:
        strategy, tpu, num_cpu_devices: as of `distribution.make_strategy`.
        num_workers: machines of a run on several; None: this one alone.
    Raises:
        ValueError: no such device.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if num_workers is not None:
        on_host = max(1, len(gpus))
        replicas = num_workers * on_host
    else:
        made = distribution.make_strategy(
            strategy, tpu=tpu, num_cpu_devices=num_cpu_devices
        )
        replicas = on_host = made.num_replicas_in_sync
        if distribution.is_tpu(made):
            return Devices("TPU", replicas, on_host, None)
    if gpus:
        limits = [
            device.memory_limit
            for device in device_lib.list_local_devices()
            if device.device_type == "GPU"
        ]
        return Devices("GPU", replicas, on_host, min(limits))
    available = _available()
    if available is not None:
        available //= on_host
    return Devices("CPU", replicas, on_host, available)


def workers(
    strategy: str, tpu: str | None, hosts: list[str] | None, tf_config: str
) -> int | None:
    """How many machines a run has; None for one without others.

    Args:
        strategy, tpu, hosts: --strategy, --tpu_name and --worker_hosts.
        tf_config: the variable TF_CONFIG, or "".
    Raises:
        ValueError: several are asked for and none is named.
    """
    name = distribution.choose(strategy, tpu, hosts, tf_config)
    if name != "multi_worker":
        return None
    if hosts:
        return len(hosts)
    try:
        cluster = json.loads(tf_config)["cluster"]
        return len(cluster.get("chief", [])) + len(cluster["worker"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(
            "--strategy=multi_worker must be given its machines, by "
            "--worker_hosts and --task_index or by the TF_CONFIG variable. "
            f"Received: TF_CONFIG={tf_config!r}."
        ) from None


def check_batches(
    found: findings.Findings,
    devices: Devices,
    *,
    train_batch_size: int,
    eval_batch_size: int,
    accumulate_steps: int,
) -> None:
    """Whether the batches divide over replicas and parts."""
    before = len(found.all)
    for flag, size, parts in (
        ("train_batch_size", train_batch_size, accumulate_steps),
        ("eval_batch_size", eval_batch_size, 1),
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
    """Whether a step fits, by `estimate`."""
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
    largest = estimate.largest_rows(shape) * shape.replicas
    largest *= shape.accumulate_steps
    if largest:
        remedies.append(f"--train_batch_size={largest} or less")
    remedies.append("a smaller model")
    judge = found.error if needs > devices.memory else found.warning
    judge("--train_batch_size", f"{said}. Take {', or '.join(remedies)}.")


def _available() -> int | None:
    """Bytes that a new process may take of this machine; Linux knows."""
    if not os.path.exists("/proc/meminfo"):
        return None
    with open("/proc/meminfo") as file:
        sizes = dict(line.split(":") for line in file)
    return 1024 * int(sizes["MemAvailable"].split()[0])
