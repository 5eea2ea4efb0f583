"""What to tell a person whose run does not fit into memory."""

import re

import tensorflow as tf


def of_device(error: tf.errors.ResourceExhaustedError) -> OSError:
    """Of a step."""
    found = re.search(r"OOM when [^\n]*", error.message)
    return OSError(
        "A step must fit into the device's memory. Received: "
        f"{found[0] if found else error.message[:300]}. Add --recompute, with "
        "which the run resumes, or start another one with a smaller "
        "--train_batch_size or a larger --accumulate_steps."
    )


def of_machine(error: MemoryError) -> OSError:
    return OSError(
        "A run must fit into this machine's memory. Received: "
        f"{str(error) or 'none is left'}. Close other programs, raise "
        "`ulimit -v`, or use smaller batches; the same command resumes."
    )
