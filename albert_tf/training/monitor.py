"""Reports a run's progress on the screen, in metrics.jsonl and TensorBoard."""

import os
import sys
import time
from typing import NamedTuple

import tensorflow as tf
from absl import logging
from tqdm import auto as tqdm

from albert_tf.io import atomic
from albert_tf.runs import run_folder
from albert_tf.tracking import followers

# A warning is logged if steps wait for batches for more than this share of the
# time, measured over this many seconds.
MAX_INPUT_WAIT, INPUT_WAIT_SECONDS = 0.05, 30.0

# TensorBoard's groups for numbers other than losses and accuracies.
_GROUPS = {
    "learning_rate": "optimizer",
    "gradient_norm": "optimizer",
    "sequences_per_second": "system",
    "tokens_per_second": "system",
    "input_wait_share": "system",
    "model_flop_utilisation": "system",
}


class Work(NamedTuple):
    """The operations of a step, and the speed of the devices.

    Attributes:
        flops_until: floating-point operations per step, by the last step of
            each phase, in which row length and depth are constant.
        flops_per_second: highest speed of all devices together; None if
            unknown.
    """

    flops_until: dict[int, float]
    flops_per_second: float | None

    def utilisation(self, step: int, steps_per_second: float) -> float:
        """The model FLOP utilization: the share of the devices' speed that the
        model's operations use, in the phase of `step`."""
        assert self.flops_per_second is not None
        phase = min(stop for stop in self.flops_until if stop >= step)
        return (
            self.flops_until[phase] * steps_per_second / self.flops_per_second
        )


class Monitor:
    """Reports a run's progress.

    On a terminal there is a progress bar, otherwise plain lines.

    Args:
        folder: the run's folder.
        first_step: the step that this process starts after.
        total_steps: the number of steps of the run.
        batch_size: sequences per step.
        shown: for the numbers on the screen, their names in `train` by their
            names on the screen.
        work: the operations of a step, for the model FLOP utilization.
        is_chief: whether this host reports.
    """

    def __init__(
        self,
        folder: str,
        first_step: int,
        total_steps: int,
        batch_size: int,
        shown: dict[str, str],
        work: Work | None = None,
        is_chief: bool = True,
    ) -> None:
        self._folder = folder
        self._total = total_steps
        self._batch_size = batch_size
        self._shown = shown
        self._work = work
        self._is_chief = is_chief
        self._bar = tqdm.tqdm(
            total=total_steps,
            initial=first_step,
            unit="step",
            disable=not (is_chief and sys.stderr.isatty()),
            dynamic_ncols=True,
        )
        self._tensorboard = os.path.join(folder, "tensorboard")
        self._writer = None
        if is_chief:
            with atomic.named(self._tensorboard):
                self._writer = tf.summary.create_file_writer(self._tensorboard)
        self._waited, self._waited_of = 0.0, 0.0
        self._waited_too_long = False
        self._trained_seconds = 0.0
        self._trained_steps = 0

    def start_clock(self, step: int, first_batch: bool = False) -> None:
        """Starts to measure the steps that the next `train` reports.

        Args:
            step: number of finished steps.
            first_batch: whether the next batch is the first of its dataset, for
                which a step always waits.
        """
        self._clock = time.monotonic()
        self._clock_step = step
        self._first_batch = first_batch

    def train(
        self, step: int, values: dict[str, float], input_wait: float
    ) -> None:
        """Reports the means over the steps since the clock started.

        Args:
            step: number of finished steps.
            values: numbers to report; `tokens`, the number of tokens in these
                steps, is reported as a speed.
            input_wait: seconds that these steps waited for batches.
        """
        if not self._is_chief:
            return
        seconds = time.monotonic() - self._clock
        steps = step - self._clock_step
        speed = steps * self._batch_size / seconds
        values = {
            **{
                name: value
                for name, value in values.items()
                if name != "tokens"
            },
            "sequences_per_second": speed,
            "tokens_per_second": values["tokens"] / seconds,
            "input_wait_share": input_wait / seconds,
        }
        if self._work and self._work.flops_per_second:
            values["model_flop_utilisation"] = self._work.utilisation(
                step, steps / seconds
            )
        self._write("train", step, values)
        if not self._first_batch:
            self._watch_waiting(step, input_wait, seconds)
        self._show(step, values, self._seconds_left(step, seconds, steps))

    def evaluation(self, step: int, values: dict[str, float]) -> None:
        """Reports the held-out metrics after `step`."""
        if not self._is_chief:
            return
        self._write("eval", step, values)
        self._bar.clear()
        logging.info(
            "step %d held out: %s",
            step,
            ", ".join(
                f"{name} {value}"
                if isinstance(value, int)
                else f"{name} {value:.4f}"
                for name, value in values.items()
            ),
        )

    def close(self) -> None:
        """Closes the progress bar and the TensorBoard file."""
        self._bar.close()
        if self._writer:
            self._writer.close()

    def _show(self, step: int, values: dict[str, float], left: float) -> None:
        shown = {
            word: f"{values[name]:.3f}" for word, name in self._shown.items()
        }
        shown["seq/s"] = f"{values['sequences_per_second']:.0f}"
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(step - self._bar.n)
        if self._bar.disable:
            words = [f"{name} {value}" for name, value in shown.items()]
            logging.info(
                "step %d/%d: %s, %s left",
                step,
                self._total,
                ", ".join(words),
                tqdm.tqdm.format_interval(left),
            )

    def _seconds_left(self, step: int, seconds: float, steps: int) -> float:
        self._trained_seconds += seconds
        self._trained_steps += steps
        return (
            (self._total - step) * self._trained_seconds / self._trained_steps
        )

    def _watch_waiting(self, step: int, waited: float, seconds: float) -> None:
        """Warns when the input becomes too slow, once until it recovers."""
        self._waited += waited
        self._waited_of += seconds
        if self._waited_of < INPUT_WAIT_SECONDS:
            return
        share = self._waited / self._waited_of
        self._waited = self._waited_of = 0.0
        if share > MAX_INPUT_WAIT and not self._waited_too_long:
            self._bar.clear()
            logging.warning(
                "Up to step %d, steps waited for batches %.0f%% of the time, "
                "more than %.0f%%: the host is too slow for the device. Copy "
                "the records to a local disk, give the host more cores or "
                "fewer other processes, use more hosts, or leave out --pack.",
                step,
                100 * share,
                100 * MAX_INPUT_WAIT,
            )
        self._waited_too_long = share > MAX_INPUT_WAIT

    def _write(self, kind: str, step: int, values: dict[str, float]) -> None:
        row = {"step": step, "kind": kind, **values}
        run_folder.add_metrics(self._folder, row)
        assert self._writer is not None
        with atomic.named(self._tensorboard):
            with self._writer.as_default():
                for name, value in values.items():
                    tf.summary.scalar(tensorboard_name(kind, name), value, step)
            self._writer.flush()
        followers.row(self._folder, kind, step, values)


def tensorboard_name(kind: str, name: str) -> str:
    """The name of a number in TensorBoard. Its groups, the words before the
    slash, are train, eval, optimizer, system and trust_ratio, which has one
    number for each variable."""
    if kind == "train":
        if "/" in name:
            return name
        kind = _GROUPS.get(name, kind)
    return f"{kind}/{name}"
