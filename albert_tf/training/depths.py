"""Steps and evaluations of a model whose depth changes while it trains."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from absl import logging

from albert_tf.layers import transformer
from albert_tf.planning import depth_schedule
from albert_tf.training import steps


class Depths:
    """The depth at which a model runs, from step to step.

    Args:
        stack: the model's layers.
        parts: the parts of the run, each with its depth; empty for a run with
            all layers in all steps.
        optimizer: its `iterations` is the step.
    """

    def __init__(
        self,
        stack: transformer.Transformer,
        parts: Sequence[depth_schedule.Part],
        optimizer: keras.optimizers.Optimizer,
    ) -> None:
        self._stack, self._parts, self._optimizer = stack, parts, optimizer
        self._all = stack.config.num_hidden_layers

    @property
    def changes(self) -> bool:
        """Whether the depth changes during the run."""
        return len(self._parts) > 1

    def facts(self, step: int) -> dict[str, float]:
        """The depth of a step, for its rows, in runs that change it."""
        if not self.changes:
            return {}
        part = depth_schedule.part_of(self._parts, step)
        return {"num_layers": part.num_layers}

    def is_whole(self, row: dict[str, float]) -> bool:
        """Whether a row is of the whole model, with all its layers."""
        return row.get("num_layers", self._all) == self._all

    def train_steps(
        self, make: Callable[[], steps.TrainSteps]
    ) -> steps.TrainSteps:
        """Steps that run the depth of the next step.

        Args:
            make: makes the steps of one depth, traced at their first call.
        """
        return _TrainSteps(self, make) if self.changes else make()

    def evaluation(
        self, make: Callable[[], Callable[[], dict[str, float]]]
    ) -> Callable[[], dict[str, float]]:
        """An evaluation at the depth of the last step.

        Args:
            make: makes the evaluation of one depth, traced at its first call.
        """
        if not self.changes:
            return make()
        made: dict[int, Callable[[], dict[str, float]]] = {}

        def evaluate() -> dict[str, float]:
            depth = self.enter(self.step).num_layers
            if depth not in made:
                made[depth] = make()
            return made[depth]()

        return evaluate

    @property
    def step(self) -> int:
        """Number of finished steps."""
        return int(self._optimizer.iterations.numpy())

    def enter(self, step: int) -> depth_schedule.Part:
        """Lets the model run at the depth of a step; returns the part."""
        part = depth_schedule.part_of(self._parts, step)
        self._stack.num_layers = part.num_layers
        return part


class _TrainSteps:
    """One program for each depth."""

    def __init__(
        self, depths: Depths, make: Callable[[], steps.TrainSteps]
    ) -> None:
        self._depths, self._make = depths, make
        self._made: dict[int, steps.TrainSteps] = {}

    def __call__(self, batches: Any, count: tf.Tensor) -> dict[str, Any]:
        return self._of_next_step()(batches, count)

    def trace(self, batches: Any) -> None:
        self._of_next_step().trace(batches)

    def _of_next_step(self) -> steps.TrainSteps:
        part = self._depths.enter(self._depths.step + 1)
        if part.num_layers not in self._made:
            logging.info(
                "Steps %d to %d run %d layer%s (--depth_schedule).",
                part.first_step + 1,
                part.stop_step,
                part.num_layers,
                "s" * (part.num_layers > 1),
            )
            self._made[part.num_layers] = self._make()
        return self._made[part.num_layers]
