"""Detects fine-tuning runs that collapse or learn nothing.

Large models often fail to fine-tune (paper, 4.2; Mosbach et al. 2020): the loss
stays at the level of guessing, or all predictions are the same class. This
shows soon after warm-up, long before the run ends.
"""

from collections.abc import Iterable

from absl import logging

from albert_tf.training import watchdog

ON_FAILED_RUN = ("warn", "stop", "seed", "rate")
# A loss counts as guessing above this share of the loss of guessing by the
# frequencies of labels.
_AT_CHANCE = 0.98
# A run can have failed only after warm-up, this share of all steps, and this
# many further rows.
_PATIENCE, _ROWS = 0.1, 5
_NEW = 0.2  # weight of the newest row in the running mean


class FailedRun(Exception):
    """The run learns nothing; the message gives the evidence."""


class FineTuningWatch:
    """A `watchdog.Watch` for collapses and for runs that learn nothing.

    Args:
        chance_loss: the loss of guessing by the frequencies of labels; None if
            unknown, as for spans.
        num_train_steps, num_warmup_steps: the steps of the run.
        is_fatal: whether a failure raises FailedRun; otherwise, it is logged
            once.
    Attributes:
        failure: the latest evidence; None if there is none, since a run may
            recover.
    """

    def __init__(
        self,
        chance_loss: float | None,
        num_train_steps: int,
        num_warmup_steps: int,
        is_fatal: bool,
    ) -> None:
        self._chance = chance_loss
        self._patience = num_warmup_steps + _PATIENCE * num_train_steps
        self._is_fatal = is_fatal
        self._blow_ups = watchdog.Watchdog(
            # An unknown loss is replaced by one that is never reached.
            chance_loss or 1e9,
            highest_loss=2 * (chance_loss or 1e9),
            loss="loss",
            what="training",
        )
        self._findings: dict[str, str | None] = {}
        self._said = False
        self.forget()

    @property
    def failure(self) -> str | None:
        return next(filter(None, self._findings.values()), None)

    def forget(self, step: int = 0) -> None:
        self._blow_ups.forget(step)
        self._mean: float | None = None
        self._rows = 0

    def replay(self, rows: Iterable[dict]) -> None:
        for row in rows:
            if row["kind"] == "train":
                self.see(row["step"], row)
            else:
                self.see_evaluation(row["step"], row)

    def see(self, step: int, row: dict) -> watchdog.Collapse | None:
        collapse = self._blow_ups.see(step, row)
        if collapse:
            return collapse
        mean = row["loss"] if self._mean is None else self._mean
        self._mean = mean = mean + _NEW * (row["loss"] - mean)
        if step > self._patience:
            self._rows += 1
        if self._chance and self._rows >= _ROWS:
            is_at_chance = mean > _AT_CHANCE * self._chance
            self._found(
                "loss",
                is_at_chance,
                f"at step {step} the loss is {mean:.3f}, while guessing "
                f"by label frequency gets {self._chance:.3f}",
            )
        return None

    def see_evaluation(self, step: int, values: dict) -> None:
        """Examines held-out metrics, which may include predicted_classes."""
        for name, value in values.items():
            if name.endswith("predicted_classes") and step > self._patience:
                self._found(
                    name,
                    value == 1,
                    f"at step {step} all predictions are the same class",
                )

    def _found(self, what: str, is_so: bool, finding: str) -> None:
        self._findings[what] = finding if is_so else None
        if is_so and self._is_fatal:
            raise FailedRun(finding)
        if is_so and not self._said:
            self._said = True
            logging.warning(
                "The run does not seem to learn anything: %s. It continues "
                "(--on_failed_run=warn).",
                finding,
            )
