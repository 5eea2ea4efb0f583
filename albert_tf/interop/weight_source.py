"""Weights that lie somewhere, before any of them is read."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np

from albert_tf import config as config_lib
from albert_tf.interop import name_table
from albert_tf.interop import task_info


@dataclasses.dataclass(frozen=True)
class WeightSource:
    """What weights are called where they lie, and how large they are.

    Shapes are known without reading, so that they can be compared with the
    config before anything large is made.

    kind, where: for messages.
    config: of the model that they are.
    names: between our names and theirs.
    shapes: by their names, in their layout.
    read: their name -> float32 array in their layout.
    info: what the files beside the weights say of the model's task.
    """

    kind: str
    where: str
    config: config_lib.AlbertConfig
    names: name_table.NameTable
    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], np.ndarray]
    info: task_info.TaskInfo = task_info.TaskInfo()

    def shape(self, ours: str) -> tuple[int, ...] | None:
        """In our layout; None where there is no such weight."""
        theirs = self.names.theirs(ours)
        shape = None if theirs is None else self.shapes.get(theirs)
        if shape is not None and self.names.transposed(ours):
            return shape[::-1]
        return shape

    def value(self, ours: str) -> np.ndarray:
        """In our layout."""
        value = self.read(self.names.renamed(ours))
        return value.T if self.names.transposed(ours) else value

    def names_of_ours(self) -> dict[str, str | None]:
        """Their names -> ours; None for what we have no weight for."""
        return {theirs: self.names.ours(theirs) for theirs in self.shapes}
