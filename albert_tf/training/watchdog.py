"""Detects the collapse of a run from the numbers that it reports.

A collapse is seldom a NaN: usually, the masked-LM loss climbs back to that of a
unigram model and stays there. Everything is computed from the rows of
metrics.jsonl, so that a resumed run knows as much as the interrupted one.
"""

import math
import statistics
from collections.abc import Iterable
from typing import NamedTuple
from typing import Protocol

ON_COLLAPSE = ("rollback", "stop", "warn")

# Weight of the newest row in the running means. A row has few sentence-order
# examples, so their mean moves more slowly.
_NEW, _NEW_ORDER = 0.3, 0.1
# Until this many rows, react only to NaN or Inf.
_ROWS_BEFORE = 10
# Climbs of fewer nats than this count as noise.
_NOISE = 0.5
# Sentence-order losses, in nats, of a model that has learned the task, and of
# one at the level of chance (log 2 is 0.693).
_ORDER_LEARNT, _ORDER_LOST = 0.55, 0.69
# Gradient norms and trust ratios seldom double between two rows. They explode
# if they are this many times their running mean in this many successive rows.
# This is harmless unless the loss is this many nats above its lowest.
_EXPLOSION, _ROWS_IN_A_ROW, _HARM = 20.0, 2, 0.1
TRUST_RATIO = "trust_ratio/"


class Collapse(NamedTuple):
    """A collapse.

    Attributes:
        finding: a description with numbers.
        healthy_step: the last step known to be good.
    """

    finding: str
    healthy_step: int


class Watch(Protocol):
    """Examines one row of numbers after another."""

    def forget(self, step: int = 0) -> None:
        """Starts anew after `step`, as when row lengths change."""

    def replay(self, rows: Iterable[dict]) -> None:
        """Examines the rows that an interrupted run has reported."""

    def see(self, step: int, row: dict[str, float]) -> Collapse | None:
        """Examines a row of means over some steps, up to `step`."""


class Watchdog:
    """A Watch for collapses.

    Args:
        unigram_loss: the loss of the best guess by frequency, in nats.
        highest_loss: the loss of a uniform guess, in nats.
        loss: the name of the loss in rows.
        what: the name of the loss in messages.
    """

    def __init__(
        self,
        unigram_loss: float,
        highest_loss: float,
        loss: str = "mlm_loss",
        what: str = "masked-LM",
    ) -> None:
        self._unigram_loss = unigram_loss
        self._nothing = highest_loss
        self._name, self._what = loss, what
        self.forget()

    def forget(self, step: int = 0) -> None:
        """Starts anew after `step`, as when row lengths change."""
        self._rows = 0
        self._loss = _RunningMean(step=step)
        self._order = _RunningMean(_NEW_ORDER, step)
        self._logs: dict[str, _RunningMean] = {}
        self._exploding = 0

    def replay(self, rows: Iterable[dict]) -> None:
        """Examines the rows that an interrupted run has reported."""
        for row in rows:
            if row["kind"] == "train":
                self.see(row["step"], row)

    def see(self, step: int, row: dict[str, float]) -> Collapse | None:
        """Examines a row of means over some steps, up to `step`."""
        for name, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                return Collapse(
                    f"{name} became {value}", self._loss.lowest_step
                )
        self._rows += 1
        self._loss.add(step, row[self._name])
        if "sentence_order_loss" in row:
            self._order.add(step, row["sentence_order_loss"])
        exploding = self._explosion(row)
        if self._rows <= _ROWS_BEFORE:
            return None
        climb = self._climb()
        if exploding and self._loss.now > self._loss.lowest + _HARM:
            climb = climb or exploding
        if climb:
            return Collapse(climb, self._loss.lowest_step)
        if self._order.lowest < _ORDER_LEARNT and self._order.now > _ORDER_LOST:
            return Collapse(
                f"the sentence-order loss rose from {self._order.lowest:.2f} "
                f"to {self._order.now:.2f}; by chance it is 0.69",
                self._order.lowest_step,
            )
        return None

    def _climb(self) -> str | None:
        lowest, now = self._loss.lowest, self._loss.now
        if now > self._nothing + _NOISE:
            return (
                f"the {self._what} loss is {now:.2f}, above {self._nothing:.2f}"
                ", the loss of a uniform guess"
            )
        if now > lowest + max(_NOISE, (self._unigram_loss - lowest) / 2):
            return (
                f"the {self._what} loss climbed from {lowest:.2f} back to "
                f"{now:.2f}; the best guess by frequency gets "
                f"{self._unigram_loss:.2f}"
            )
        return None

    def _explosion(self, row: dict[str, float]) -> str | None:
        ratios = [
            self._times_its_mean(name, value)
            for name, value in row.items()
            if name.startswith(TRUST_RATIO) and value > 0
        ]
        found = {
            "the gradient norm": self._times_its_mean(
                "gradient_norm", row["gradient_norm"]
            ),
            # The median, since a single ratio may explode: the segment
            # embeddings get few gradients.
            "the median trust ratio": statistics.median(ratios or [1.0]),
        }
        name, times = max(found.items(), key=lambda item: item[1])
        self._exploding = self._exploding + 1 if times > _EXPLOSION else 0
        if self._exploding < _ROWS_IN_A_ROW:
            return None
        return f"{name} is {times:.0f} times its running mean"

    def _times_its_mean(self, name: str, value: float) -> float:
        log = math.log(max(value, 1e-30))
        mean = self._logs.setdefault(name, _RunningMean())
        times = 1.0 if mean.is_empty else math.exp(log - mean.now)
        # Explosions are left out, or the mean would follow them.
        if times <= _EXPLOSION:
            mean.add(0, log)
        return times


class _RunningMean:
    """An exponential moving average, and the step at which it was lowest.

    Args:
        new: weight of the newest value.
        step: the step before the first value.
    """

    def __init__(self, new: float = _NEW, step: int = 0) -> None:
        self._new = new
        self.is_empty = True
        self.now = math.nan
        self.lowest, self.lowest_step = math.inf, step

    def add(self, step: int, value: float) -> None:
        if self.is_empty:
            self.now, self.is_empty = value, False
        self.now += self._new * (value - self.now)
        if self.now < self.lowest:
            self.lowest, self.lowest_step = self.now, step
