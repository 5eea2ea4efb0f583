"""Where a run's numbers go: screen, metrics.jsonl and TensorBoard."""

import json
import os
import sys
import time

import tensorflow as tf
from absl import logging
from tqdm import auto as tqdm

from albert_tf.training import run_folder


class Monitor:
    """Reports a run's progress.

    A progress bar where a person watches, plain lines otherwise.

    Args:
        folder: of the run.
        first_step, total_steps: where this process starts, where the run ends.
        batch_size: sequences in a step.
    """

    def __init__(
        self, folder: str, first_step: int, total_steps: int, batch_size: int
    ):
        self._folder = folder
        self._total = total_steps
        self._batch_size = batch_size
        self._bar = tqdm.tqdm(
            total=total_steps,
            initial=first_step,
            unit="step",
            disable=not sys.stderr.isatty(),
            dynamic_ncols=True,
        )
        self._writers = {
            kind: tf.summary.create_file_writer(
                os.path.join(folder, "tensorboard", kind)
            )
            for kind in ("train", "eval")
        }
        self._start_clock(first_step)
        self._trained_seconds = 0.0
        self._trained_steps = 0

    def train(self, step: int, values: dict[str, float]) -> None:
        """Reports the means over the steps since the last report."""
        seconds = time.monotonic() - self._clock
        steps = step - self._clock_step
        speed = steps * self._batch_size / seconds
        values = {**values, "sequences_per_second": speed}
        self._write("train", step, values)
        self._trained_seconds += seconds
        self._trained_steps += steps
        left = (
            (self._total - step) * self._trained_seconds / self._trained_steps
        )
        shown = {
            "loss": f"{values['loss']:.3f}",
            "mlm": f"{values['mlm_loss']:.3f}",
            "order": f"{values['sentence_order_accuracy']:.3f}",
            "seq/s": f"{speed:.0f}",
        }
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(step - self._bar.n)
        if self._bar.disable:
            words = ", ".join(
                f"{name} {value}" for name, value in shown.items()
            )
            logging.info(
                "step %d/%d: %s, %s left",
                step,
                self._total,
                words,
                _clock(left),
            )
        self._start_clock(step)

    def evaluation(self, step: int, values: dict[str, float]) -> None:
        """Reports the held-out metrics after `step`; not timed as training."""
        self._write("eval", step, values)
        self._bar.clear()
        logging.info(
            "step %d held out: masked-LM loss %.4f, accuracy %.4f; "
            "sentence-order accuracy %.4f",
            step,
            values["mlm_loss"],
            values["mlm_accuracy"],
            values["sentence_order_accuracy"],
        )
        self._start_clock(step)

    def restart_clock(self, step: int) -> None:
        """Leaves the time since the last report out, as that of a save."""
        self._start_clock(step)

    def close(self) -> None:
        self._bar.close()
        for writer in self._writers.values():
            writer.close()

    def _start_clock(self, step: int) -> None:
        self._clock = time.monotonic()
        self._clock_step = step

    def _write(self, kind: str, step: int, values: dict[str, float]) -> None:
        path = os.path.join(self._folder, run_folder.METRICS_FILE)
        row = {"step": step, "kind": kind, **values}
        with tf.io.gfile.GFile(path, "a") as file:
            file.write(json.dumps(row) + "\n")
        with self._writers[kind].as_default():
            for name, value in values.items():
                tf.summary.scalar(name, value, step=step)
        self._writers[kind].flush()


def _clock(seconds: float) -> str:
    return tqdm.tqdm.format_interval(seconds)
