"""Measures the speed of a device's matrix products."""

import time

import tensorflow as tf

# Matrices large enough to keep the device busy, small enough to take a moment.
# A product of two has 2 * SIZE^3 operations.
_CPU_SIZE, _GPU_SIZE = 1024, 8192
_ROUNDS = 5


def measure(precision: str) -> float:
    """Measures the operations per second of the first GPU, or of the CPU.

    Args:
        precision: "float32" or "bfloat16".
    Returns:
        The best of a few measurements.
    """
    size = _GPU_SIZE if tf.config.list_physical_devices("GPU") else _CPU_SIZE
    x = tf.ones([size, size], tf.dtypes.as_dtype(precision))
    multiply = tf.function(tf.matmul)

    def seconds() -> float:
        start = time.perf_counter()
        multiply(x, x)[0, 0].numpy()
        return time.perf_counter() - start

    seconds()  # traces the function and warms up
    return 2.0 * size**3 / min(seconds() for _ in range(_ROUNDS))
