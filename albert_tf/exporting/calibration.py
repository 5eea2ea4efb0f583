"""Sample batches on which 8-bit forms measure the range of each activation."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np


def batches(
    samples: Iterable[Mapping[str, np.ndarray]],
    names: Sequence[str],
    otherwise: str,
) -> list[dict[str, np.ndarray]]:
    """The inputs of a model in each sample batch, int32.

    Args:
        samples: batches of representative data.
        names: names of the model's inputs.
        otherwise: the quantization that needs no samples.
    Raises:
        ValueError: there are no samples.
    """
    found = [
        {name: np.asarray(batch[name], np.int32) for name in names}
        for batch in samples
    ]
    if not found:
        raise ValueError(
            "int8 must be given sample batches to measure the range of each "
            "activation. Received: none. Pass some representative data, or use "
            f"{otherwise}, which does not need any."
        )
    return found
