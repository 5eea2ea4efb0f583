"""Weights in files or in memory, opened but not yet read."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import MutableMapping

import numpy as np

from albert_tf import config as config_lib
from albert_tf.interop import name_table
from albert_tf.interop import task_info


@dataclasses.dataclass(frozen=True)
class WeightSource:
    """Names and shapes of weights, and a function that reads them.

    Shapes are known without reading values, so they can be compared with the
    config before anything large is allocated.

    Attributes:
        kind: format of the weights, for messages.
        where: path of the weights, for messages.
        config: config of the model that the weights belong to.
        names: translates between our names and theirs.
        shapes: their names -> shapes in their layout.
        read: maps their name to a float32 array in their layout.
        info: what the files beside the weights say about the model's task.
    """

    kind: str
    where: str
    config: config_lib.AlbertConfig
    names: name_table.NameTable
    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], np.ndarray]
    info: task_info.TaskInfo = task_info.TaskInfo()

    def shape(self, ours: str) -> tuple[int, ...] | None:
        """Shape of a weight in our layout; None if there is no such weight."""
        theirs = self.names.theirs(ours)
        shape = None if theirs is None else self.shapes.get(theirs)
        if shape is not None and self.names.transposed(ours):
            return shape[::-1]
        return shape

    def value(self, ours: str) -> np.ndarray:
        """Value of a weight in our layout, float32."""
        value = self.read(self.names.renamed(ours))
        return value.T if self.names.transposed(ours) else value

    def names_of_ours(self) -> dict[str, str | None]:
        """Their names -> ours; None for weights that we do not have."""
        return {theirs: self.names.ours(theirs) for theirs in self.shapes}


def drop_identity(
    config: config_lib.AlbertConfig,
    shapes: MutableMapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
    kernel: str,
    bias: str,
) -> None:
    """Removes a projection that changes nothing from weights of others.

    They project from E to H also where both are equal; Google and we do not.

    Args:
        config: the model's config.
        shapes, read: as in `WeightSource`.
        kernel, bias: their names of the projection's weights.
    Raises:
        ValueError: the projection is not the identity.
    """
    size = config.hidden_size
    if config.embedding_size != size:
        return
    if shapes.get(kernel) != (size, size) or shapes.get(bias) != (size,):
        return
    if (read(kernel) != np.eye(size)).any() or read(bias).any():
        raise ValueError(
            "The embedding projection must be the identity if embedding_size "
            f"== hidden_size. Received: {kernel}, which is not. Such a model "
            "cannot be loaded."
        )
    del shapes[kernel], shapes[bias]
