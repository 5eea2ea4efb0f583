"""The weights of a dense layer: their names, and their file."""

import os
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
import safetensors.numpy

from albert_tf.embedding import model as embedding_model

KERNEL, BIAS = "linear.weight", "linear.bias"
# Our name, theirs, and whether theirs is transposed.
ROWS = (
    (f"{embedding_model.HEAD}/kernel", KERNEL, True),
    (f"{embedding_model.HEAD}/bias", BIAS, False),
)
_FILE = "model.safetensors"


def complete(
    shapes: Mapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
    size: int,
    folder: str,
) -> tuple[dict[str, tuple[int, ...]], Callable[[str], np.ndarray]]:
    """The weights of a dense layer, with zeros for a bias that it has not.

    Args:
        shapes: of the weights by their names.
        read: maps their name to a value.
        size: D, the size of the output.
        folder: of the weights, for messages.
    Raises:
        ValueError: they are not those of a dense layer.
    """
    if not {KERNEL} <= set(shapes) <= {KERNEL, BIAS}:
        raise ValueError(
            f"A dense layer must have the weights {KERNEL} and, if any, "
            f"{BIAS}. Received: {folder} with {', '.join(sorted(shapes))}. "
            "Fetch or write it again."
        )
    if BIAS in shapes:
        return dict(shapes), read
    zeros = np.zeros([size], np.float32)
    return (
        {**shapes, BIAS: (size,)},
        lambda name: zeros if name == BIAS else read(name),
    )


def write(folder: str, values: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Writes the weights; returns our names -> theirs.

    Args:
        folder: an existing folder.
        values: our names -> values.
    """
    tensors = {
        theirs: np.ascontiguousarray(values[ours].T if turned else values[ours])
        for ours, theirs, turned in ROWS
    }
    safetensors.numpy.save_file(
        tensors, os.path.join(folder, _FILE), metadata={"format": "pt"}
    )
    return {ours: theirs for ours, theirs, _ in ROWS}
