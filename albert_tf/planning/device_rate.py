"""What a device's matrix products reach, for the model FLOP utilisation."""

import time

import tensorflow as tf

# Large enough for the device to be busy, small enough to take a moment: two
# operations for each of SIZE^3 multiplications.
_CPU_SIZE, _GPU_SIZE = 1024, 8192
_ROUNDS = 5


def measure(precision: str) -> float:
    """Operations a second of the first GPU, or of the CPU; the best of a few.

    Args:
        precision: "float32" or "bfloat16".
    """
    size = _GPU_SIZE if tf.config.list_physical_devices("GPU") else _CPU_SIZE
    x = tf.ones([size, size], tf.dtypes.as_dtype(precision))
    multiply = tf.function(tf.matmul)

    def seconds():
        start = time.perf_counter()
        multiply(x, x)[0, 0].numpy()
        return time.perf_counter() - start

    seconds()  # traced and warm
    return 2.0 * size**3 / min(seconds() for _ in range(_ROUNDS))
