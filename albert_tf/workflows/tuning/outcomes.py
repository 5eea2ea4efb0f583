"""What a trial ends with, and what its runner is given."""

from collections.abc import Callable
from typing import NamedTuple
from typing import Protocol

from albert_tf.workflows.configs import finetune as finetune_config

# Takes the number of an evaluation, from 1 on, and its score; returns whether
# to give up the trial.
Report = Callable[[int, float], bool]


class Outcome(NamedTuple):
    """How a trial ended.

    Attributes:
        score: the score; None if the trial failed or was given up.
        error: why it failed; None if it did not.
    """

    score: float | None = None
    error: str | None = None


class Runner(Protocol):
    """Runs trials, one after another."""

    def run(
        self, config: finetune_config.FinetuneConfig, report: Report
    ) -> Outcome | None:
        """Runs a trial, or goes on with it; None if it was stopped, and can go
        on later."""
