"""Error messages for runs that do not fit into memory."""

import re

import tensorflow as tf


def of_device(error: tf.errors.ResourceExhaustedError) -> OSError:
    """The error for a step that does not fit into the device's memory."""
    found = re.search(r"OOM when [^\n]*", error.message)
    return OSError(
        "A step must fit into the device's memory. Received: "
        f"{found[0] if found else error.message[:300]}. Add --recompute and "
        "resume, or start another run with a smaller --train_batch_size or a "
        "larger --accumulate_steps."
    )


def of_machine(error: MemoryError) -> OSError:
    """The error for a run that does not fit into this machine's memory."""
    return OSError(
        "A run must fit into this machine's memory. Received: "
        f"{str(error) or 'no memory is left'}. Close other programs, raise "
        "`ulimit -v`, or use smaller batches, and rerun the same command to "
        "resume."
    )
