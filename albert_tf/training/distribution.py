"""Creates the tf.distribute strategies, and answers questions about them."""

import json
import os
from collections.abc import Sequence

import tensorflow as tf

# Errors of collective operations when another machine is gone.
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError)
STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker", "tpu")


class MachineLost(Exception):
    """Another machine of the run is gone.

    TensorFlow cannot reconnect a running process to it. A new process of the
    same command resumes the run once all machines are back.
    """


def make_strategy(
    name: str,
    *,
    tpu: str | None = None,
    num_cpu_devices: int = 2,
    worker_hosts: Sequence[str] | None = None,
    task_index: int | None = None,
) -> tf.distribute.Strategy:
    """Creates the strategy; call it before anything else touches a device.

    Args:
        name: one of STRATEGIES:
            auto: a TPU if `tpu` is given, several machines if `worker_hosts` or
                TF_CONFIG is, all GPUs if there are several, otherwise one
                device;
            one_device: the first GPU, or the CPU;
            mirrored: all GPUs of this machine; without GPUs, its CPU, split
                into logical devices;
            multi_worker: the machines of `worker_hosts` or of the environment
                variable TF_CONFIG; each runs the same command and waits for the
                others;
            tpu: the TPU that `tpu` names, or "local" for the host's own.
        tpu: name or grpc address of a TPU.
        num_cpu_devices: number of logical CPUs of "mirrored" without GPUs.
        worker_hosts: host:port of each machine. The first one is the chief,
            which writes. All machines must share the folders.
        task_index: position of this machine in `worker_hosts`, from 0.
    Raises:
        ValueError: the name is unknown, or the device does not exist.
    """
    tf_config = os.environ.get("TF_CONFIG", "")
    name = choose(name, tpu, worker_hosts, tf_config)
    check_machines(name, worker_hosts, task_index, tf_config)
    if name == "one_device":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        if tf.config.list_physical_devices("GPU"):
            return tf.distribute.MirroredStrategy()
        return tf.distribute.MirroredStrategy(_split_cpu(num_cpu_devices))
    if name == "multi_worker":
        return _multi_worker_strategy(worker_hosts, task_index)
    if name == "tpu":
        return _tpu_strategy(tpu)
    raise ValueError(
        f"The strategy must be one of {', '.join(STRATEGIES)}. "
        f"Received: {name!r}."
    )


def choose(
    name: str,
    tpu: str | None,
    worker_hosts: Sequence[str] | None,
    tf_config: str,
) -> str:
    """The strategy that "auto" stands for with these arguments, as in
    `make_strategy`; other names are returned unchanged."""
    if name != "auto":
        return name
    if tpu:
        return "tpu"
    if worker_hosts or tf_config:
        return "multi_worker"
    gpus = tf.config.list_physical_devices("GPU")
    return "mirrored" if len(gpus) > 1 else "one_device"


def check_machines(
    name: str,
    worker_hosts: Sequence[str] | None,
    task_index: int | None,
    tf_config: str,
) -> None:
    """Raises ValueError unless the machines fit the strategy.

    Args:
        name: the result of `choose`.
        worker_hosts, task_index: as in `make_strategy`.
        tf_config: the environment variable TF_CONFIG, or "".
    """
    if worker_hosts and name != "multi_worker":
        raise ValueError(
            "--worker_hosts must be used with --strategy=multi_worker. "
            f"Received: --strategy={name}. Change the strategy, or leave out "
            "--worker_hosts."
        )
    if name != "multi_worker":
        return
    if worker_hosts:
        if task_index is None or not 0 <= task_index < len(worker_hosts):
            raise ValueError(
                "--task_index must be the position of this machine in "
                f"--worker_hosts, from 0 to {len(worker_hosts) - 1}. Received: "
                f"{task_index}."
            )
    elif not tf_config:
        raise ValueError(
            "--strategy=multi_worker must be given its machines, by "
            "--worker_hosts and --task_index or by the TF_CONFIG variable. "
            "Received: neither."
        )


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the files of the run."""
    resolver = strategy.cluster_resolver
    if not has_several_machines(strategy):
        return True
    chief = "chief" in resolver.cluster_spec().jobs
    return resolver.task_type == "chief" or (
        not chief and resolver.task_id in (0, None)
    )


def has_several_machines(strategy: tf.distribute.Strategy) -> bool:
    """Whether the run has other processes with command lines of their own."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def can_lose_another(strategy: tf.distribute.Strategy) -> bool:
    """Whether an error of LOST means that another machine is gone."""
    return has_several_machines(strategy) or is_tpu(strategy)


def wait_for_all(strategy: tf.distribute.Strategy) -> None:
    """Waits until all machines have called it."""

    @tf.function
    def total():
        return strategy.reduce(
            tf.distribute.ReduceOp.SUM,
            strategy.run(lambda: tf.constant(1)),
            axis=None,
        )

    if has_several_machines(strategy):
        total()


def is_tpu(strategy: tf.distribute.Strategy) -> bool:
    """Whether the strategy runs on a TPU."""
    return isinstance(strategy, tf.distribute.TPUStrategy)


def num_devices(strategy: tf.distribute.Strategy) -> int:
    """The number of devices: replicas on logical CPUs share one device."""
    several = has_several_machines(strategy)
    if is_tpu(strategy) or several or tf.config.list_physical_devices("GPU"):
        return strategy.num_replicas_in_sync
    return 1


def check_batch_size(
    flag: str, batch_size: int, replicas: int, parts: int = 1
) -> None:
    """Raises ValueError unless the batch can be divided evenly.

    Args:
        flag: name of the flag, without dashes.
        batch_size: global batch size.
        replicas: number of replicas.
        parts: number of parts per replica (--accumulate_steps).
    """
    pieces = replicas * parts
    if batch_size < 1 or batch_size % pieces:
        over = f"{replicas}" if parts == 1 else f"{replicas} x {parts}"
        and_parts = "" if parts == 1 else " and --accumulate_steps"
        fits = max(1, -(-batch_size // pieces)) * pieces
        raise ValueError(
            f"--{flag} is the global batch size and must split evenly over the "
            f"replicas{and_parts}. Received: {batch_size} over {over}. The "
            f"next size that fits is {fits}."
        )


def _split_cpu(count: int) -> list[str]:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * count
    )
    return [f"CPU:{number}" for number in range(count)]


def _multi_worker_strategy(
    worker_hosts: Sequence[str] | None, task_index: int | None
) -> tf.distribute.Strategy:
    if worker_hosts:
        os.environ["TF_CONFIG"] = json.dumps(
            {
                "cluster": {"worker": list(worker_hosts)},
                "task": {"type": "worker", "index": task_index},
            }
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


def _tpu_strategy(tpu: str | None) -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
            tpu or "local"
        )
        if resolver.master():
            tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, RuntimeError, tf.errors.OpError) as error:
        raise ValueError(
            f"--strategy=tpu must find a TPU. Received: tpu={tpu!r}, and "
            f"{_why_no_tpu(error)}. Run on the TPU's host with tensorflow-tpu "
            "installed, or name the TPU with --tpu."
        ) from None
    return tf.distribute.TPUStrategy(resolver)


def _why_no_tpu(error: Exception) -> str:
    """TensorFlow's error in one line, without its list of kernels."""
    message = getattr(error, "message", None) or str(error)
    if "No OpKernel was registered" in message:
        return "the installed TensorFlow is not tensorflow-tpu"
    lines = message.split(" [[")[0].splitlines() or [type(error).__name__]
    return f"no TPU was found: {lines[0].strip().rstrip('.')[:200]}"
