"""The rows of a global batch that a host reads."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class HostShare:
    """A host's share of every global batch.

    Attributes:
        host: number of the host.
        hosts: number of hosts, each of which reads as many rows of a batch.
        replicas: number of replicas on all hosts, each of which takes as many.
    """

    host: int = 0
    hosts: int = 1
    replicas: int = 1

    def global_position(self, position: Any, batch_size: int) -> Any:
        """Position of this host's row `position` among all rows of the run."""
        rows = batch_size // self.hosts
        step = position // rows
        return step * batch_size + self.host * rows + position % rows

    def has(self, position: Any, batch_size: int) -> Any:
        """Whether this host reads the row at a position of the run."""
        rows = batch_size // self.hosts
        return position % batch_size // rows == self.host


WHOLE = HostShare()


def of_context(context: Any) -> HostShare:
    """The share of the host of a tf.distribute.InputContext."""
    return HostShare(
        host=context.input_pipeline_id,
        hosts=context.num_input_pipelines,
        replicas=context.num_replicas_in_sync,
    )
