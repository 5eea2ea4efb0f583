"""The loop around compiled steps: reports, saves, evaluates and rolls back."""

import contextlib
import dataclasses
import math
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NoReturn

import keras
import numpy as np
import tensorflow as tf
from absl import logging

from albert_tf import objectives
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from albert_tf.training import monitor
from albert_tf.training import out_of_memory
from albert_tf.training import run_schedule
from albert_tf.training import steps
from albert_tf.training import stopping
from albert_tf.training import watchdog

# Factor of the learning rate in a rollback, and the largest number of
# rollbacks. Together they recover from a rate 65,000 times too high.
RATE_CUT = 0.25
MAX_ROLLBACKS = 8


@dataclasses.dataclass(kw_only=True)
class Loop:
    """Trains to the end of a schedule, from the last checkpoint of a folder.

    After an interruption, the steps since the last checkpoint are repeated:
    their rows are removed from metrics.jsonl, and a missing evaluation is made
    up for. All hosts run the same loop; only the chief writes.

    Attributes:
        optimizer: one of ours; its `iterations` is the step.
        train_steps, objective: as in `steps.make_train_steps`.
        batches: maps a step to an iterator of distributed batches, from that
            step on.
        evaluate: returns held-out metrics; None without evaluation.
        badness: maps metrics to a score; the checkpoint with the lowest score
            is the best.
        saved: the checkpoints of the folder.
        on_collapse: one of watchdog.ON_COLLAPSE.
        facts: maps a step to numbers that its rows have besides their metrics.
        is_chief: whether this host writes.
    """

    folder: str
    optimizer: keras.optimizers.Optimizer
    train_steps: steps.TrainSteps
    objective: objectives.Metrics
    batches: Callable[[int], Any]
    evaluate: Callable[[], dict[str, float]] | None
    badness: Callable[[dict[str, float]], float]
    schedule: run_schedule.Schedule
    saved: checkpoints.Checkpoints
    report: monitor.Monitor
    watch: watchdog.Watch
    on_collapse: str
    facts: Callable[[int], dict[str, float]]
    is_chief: bool = True

    def run(self) -> None:
        """Trains to the end of the schedule.

        Raises:
            FloatingPointError: the run collapsed, and must not be rolled back.
            OSError: a step or a checkpoint does not fit.
            ValueError: the files in the folder are damaged.
            stopping.Stopped: a signal asked to stop; a checkpoint is saved.
        """
        self._rollbacks = 0
        for event in run_folder.read_events(self.folder):
            if event.get("action") == "restart":
                self._rollbacks = 0
            self._rollbacks += event.get("action") == "rollback"
        self._begin()
        while self._step < self.schedule.num_train_steps:
            outcome = self._run_steps()
            values = self._values(outcome)
            if all(map(math.isfinite, values.values())):
                self.report.train(
                    self._step, values, float(outcome["input_wait"])
                )
            collapse = self.watch.see(self._step, values)
            if collapse:
                self._collapsed(collapse)
            elif self._is_last or not outcome["stop"]:
                self._arrived()
            else:
                self._stop()
        self.report.close()

    @contextlib.contextmanager
    def _may_stop(self) -> Iterator[None]:
        """Lets a request to stop interrupt code that a resumed run repeats."""
        try:
            with stopping.interruptible(self._saved_step == self._step):
                yield
        except stopping.Interrupted:
            self._stop()

    def _stop(self) -> NoReturn:
        if self._saved_step != self._step:
            self._save()
        raise stopping.Stopped(
            f"Asked to stop; saved after step {self._step}. Rerun the same "
            "command to resume."
        ) from None

    @property
    def _is_last(self) -> bool:
        return self._step == self.schedule.num_train_steps

    def _begin(self) -> None:
        """Starts from the checkpoint, rows and events of the folder."""
        self._step = int(self.optimizer.iterations.numpy())
        self._saved_step = self._step
        self.optimizer.rate_scale.assign(RATE_CUT**self._rollbacks)
        is_new = not checkpoints.saved_in(self.folder)
        known = -1 if is_new else self._step
        if self.is_chief:
            run_folder.forget_metrics_after(self.folder, known)
        rows = run_folder.read_metrics(self.folder)
        rows = [row for row in rows if row["step"] <= known]
        evaluations = [row for row in rows if row["kind"] == "eval"]
        changed = self.schedule.last_change(self._step)
        self.watch.forget(changed)
        try:
            self._lowest = min(map(self.badness, evaluations), default=math.inf)
            self.watch.replay(row for row in rows if row["step"] > changed)
        except (ArithmeticError, LookupError, TypeError) as error:
            raise ValueError(
                f"The rows of {run_folder.METRICS_FILE} must be of this run. "
                f"Received: a row in {self.folder} with a wrong or missing "
                f"value ({type(error).__name__}: {error}). Remove that line, "
                "or the file."
            ) from None
        self._iterator = None
        if is_new:
            self._save()  # for rollbacks; also shows that saving works
        if all(row["step"] != self._step for row in evaluations):
            self._evaluate_if_due()

    def _run_steps(self) -> dict[str, Any]:
        first_batch = self._iterator is None
        if first_batch:
            with self._may_stop():
                self._iterator = self.batches(self._step)
                self.train_steps.trace(self._iterator)
        self.report.start_clock(self._step, first_batch)
        stop = self.schedule.next_stop(self._step)
        try:
            # A Python number would compile a program for each value.
            outcome = self.train_steps(
                self._iterator, tf.constant(stop - self._step)
            )
            outcome = {name: np.asarray(x) for name, x in outcome.items()}
        except tf.errors.OpError as error:
            logging.info(
                "Stopped within steps %d to %d. Earlier progress is saved in "
                "%s. Rerun the same command to resume.",
                self._step + 1,
                stop,
                self.saved.latest,
            )
            if isinstance(error, tf.errors.ResourceExhaustedError):
                raise out_of_memory.of_device(error) from None
            raise
        self._step += int(outcome["steps"])
        return outcome

    def _values(self, outcome: dict[str, Any]) -> dict[str, float]:
        return {
            **self.objective.metrics(outcome["sums"]),
            "gradient_norm": float(outcome["gradient_norm"] / outcome["steps"]),
            "learning_rate": float(self.optimizer.learning_rate),
            "tokens": int(outcome["tokens"]),
            **self.facts(self._step),
            **{
                watchdog.TRUST_RATIO + name: ratio
                for name, ratio in self.optimizer.trust_ratios().items()
            },
        }

    def _arrived(self) -> None:
        """Saves and evaluates if it is due at this step."""
        if self._step in self.schedule.changes:
            self._iterator = None
            self.watch.forget(self._step)
        if self.schedule.saves_at(self._step):
            self._save()
        self._evaluate_if_due()

    def _save(self) -> None:
        if self.is_chief:
            self.saved.save(self._step)
        self._saved_step = self._step

    def _evaluate_if_due(self) -> None:
        if not (self.evaluate and self.schedule.evaluates_at(self._step)):
            return
        with self._may_stop():
            values = {**self.evaluate(), **self.facts(self._step)}
        self.report.evaluation(self._step, values)
        if self.badness(values) < self._lowest:
            self._lowest = self.badness(values)
            if self.is_chief:
                self.saved.save_best(self._step)

    def _collapsed(self, collapse: watchdog.Collapse) -> None:
        finding = collapse.finding
        found = f"Collapse at step {self._step}: {finding}."
        trains_on = float(self.optimizer.rate_scale.numpy()) > 0
        if self.on_collapse == "warn" and trains_on:
            logging.warning(
                "%s Training continues (--on_collapse=warn).", found
            )
            self._record(finding, "warn")
            self.watch.forget(self._step)
            self._arrived()
            return
        gives_up = self._rollbacks == MAX_ROLLBACKS
        if self.on_collapse != "rollback" or gives_up:
            self._record(finding, "stop")
            raise FloatingPointError(
                f"{found} Updates with NaN or Inf were skipped. Earlier "
                f"rollbacks: {self._rollbacks}. Checkpoints: "
                f"{', '.join(checkpoints.saved_in(self.folder))}; the last "
                f"good step was {collapse.healthy_step}. Try a lower "
                "--learning_rate or more --num_warmup_steps."
            )
        path = self.saved.restore_until(collapse.healthy_step)
        step = int(self.optimizer.iterations.numpy())
        self._rollbacks += 1
        scale = RATE_CUT**self._rollbacks
        logging.warning(
            "%s Rolled back to %s, with the learning rate cut to %.3g of its "
            "planned value (--on_collapse=rollback).",
            found,
            path,
            scale,
        )
        if self.is_chief:
            # A run that is killed from here on must not resume from these.
            self.saved.forget_after(step)
        self._record(
            finding, "rollback", to_step=step, learning_rate_scale=scale
        )
        self._begin()

    def _record(self, finding: str, action: str, **details: Any) -> None:
        if self.is_chief:
            details = {"finding": finding, "action": action, **details}
            run_folder.add_event(self.folder, self._step, "collapse", **details)
