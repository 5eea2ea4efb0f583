"""Devices, precision and execution: settings of every run of a model."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeviceConfig(config.Config):
    """Devices, precision and execution of steps."""

    strategy: str = setting(
        "auto",
        "Devices to run on. auto: the TPU of --tpu_name, the machines of "
        "--worker_hosts, all GPUs, or the CPU; the first that applies.",
        section="Devices",
        choices=("auto", "one_device", "mirrored", "multi_worker", "tpu"),
        is_execution=True,
        is_local=True,
    )
    tpu_name: str | None = setting(
        None,
        "TPU to use: its name, its address, or local.",
        section="Devices",
        aliases=("tpu",),
        is_execution=True,
    )
    num_cpu_devices: int = setting(
        2,
        "Number of logical devices that --strategy=mirrored splits a CPU into.",
        section="Devices",
        minimum=1,
        is_execution=True,
        is_local=True,
    )
    worker_hosts: tuple[str, ...] | None = setting(
        None,
        "Machines of --strategy=multi_worker, as host:port,host:port,...; run"
        " the same command on each, with its own --task_index. Setting the "
        "environment variable TF_CONFIG works as well.",
        section="Devices",
        is_execution=True,
        is_local=True,
    )
    task_index: int | None = setting(
        None,
        "Position of this machine in --worker_hosts, from 0.",
        section="Devices",
        minimum=0,
        is_execution=True,
        is_local=True,
    )
    precision: str = setting(
        "auto",
        "Precision of matrix products; weights, norms, softmax and losses "
        "stay float32. auto: bfloat16 on a TPU, float32 elsewhere.",
        section="Devices",
        choices=("auto", "float32", "bfloat16"),
        decides="precision",
    )
    jit_compile: bool = setting(
        False,
        "Whether to compile the training step with XLA (always done on a TPU).",
        section="Devices",
    )
    depth: str = setting(
        "auto",
        "How the layers are laid out in the program. unrolled: every layer in"
        " turn; loop: one layer in a loop, which starts faster. auto: loop "
        "with --recompute, where it takes the least memory; otherwise "
        "unrolled, since a loop is 2% to 5% slower on a CPU.",
        section="Devices",
        choices=("auto", "unrolled", "loop"),
        is_execution=True,
    )
    recompute: bool = setting(
        False,
        "Whether to recompute activations in the backward pass instead of "
        "keeping them: a third more work for a fraction of the memory.",
        section="Devices",
        is_execution=True,
    )
    on_collapse: str = setting(
        "rollback",
        "What to do when the loss climbs back or becomes NaN, or when norms "
        "explode. rollback: go back to the last good checkpoint with a "
        "quarter of the learning rate.",
        section="Devices",
        choices=("rollback", "stop", "warn"),
        decides=False,
    )
