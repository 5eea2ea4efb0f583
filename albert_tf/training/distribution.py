"""The tf.distribute strategies, by name."""

import tensorflow as tf

STRATEGIES = ("auto", "one_device", "mirrored", "multi_worker", "tpu")


def make_strategy(
    name: str, *, tpu: str | None = None, num_cpu_devices: int = 2
) -> tf.distribute.Strategy:
    """Makes the strategy; call it before anything else touches a device.

    Args:
        name: one of STRATEGIES:
            auto: a TPU if `tpu` names one, all GPUs if there are several,
                otherwise one device;
            one_device: the first GPU, or the CPU;
            mirrored: all GPUs of this machine; without any, its CPU split into
                logical devices;
            multi_worker: the machines that the TF_CONFIG variable lists;
            tpu: the TPU that `tpu` names, or "local" for the host's own.
        tpu: name or grpc address of a TPU.
        num_cpu_devices: logical CPUs that "mirrored" makes without a GPU.
    Raises:
        ValueError: an unknown name, or no such device.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        name = "tpu" if tpu else "mirrored" if len(gpus) > 1 else "one_device"
    if name == "one_device":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        if gpus:
            return tf.distribute.MirroredStrategy()
        return tf.distribute.MirroredStrategy(_split_cpu(num_cpu_devices))
    if name == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "tpu":
        return _tpu_strategy(tpu)
    raise ValueError(
        f"The strategy must be one of {', '.join(STRATEGIES)}. "
        f"Received: {name!r}."
    )


def check_batch_size(flag: str, batch_size: int, replicas: int) -> None:
    """Raises ValueError unless the batch splits evenly over the replicas."""
    if batch_size < 1 or batch_size % replicas:
        fits = max(1, -(-batch_size // replicas)) * replicas
        raise ValueError(
            f"--{flag} is the global batch and must split evenly over the "
            f"replicas. Received: {batch_size} over {replicas}. Next size up: "
            f"{fits}."
        )


def _split_cpu(count: int) -> list[str]:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * count
    )
    return [f"CPU:{number}" for number in range(count)]


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
            "--strategy=tpu takes a TPU: run on its host with "
            "tensorflow-tpu installed, or name it with --tpu. "
            f"Received: tpu={tpu!r}, and no TPU was found: {error}"
        ) from None
    return tf.distribute.TPUStrategy(resolver)
