"""The flags that say for which devices a run is estimated."""

from absl import flags


def define() -> None:
    flags.DEFINE_integer(
        "estimate_replicas",
        1,
        "Number of replicas that the estimate assumes.",
        1,
    )
    flags.DEFINE_float(
        "device_memory_gb",
        None,
        "Memory of a replica's device in GB, for the estimate. If left out, "
        "that of this machine, unless the estimate is for another.",
        0.0,
    )
    flags.DEFINE_float(
        "flops_per_second",
        None,
        "Operations per second of a replica's device, for the estimate and "
        "the model FLOP utilization. If left out, what this machine's matrix "
        "products reach, measured at the start; on a TPU it is unknown.",
        0.0,
    )
