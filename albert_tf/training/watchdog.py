"""Says when a run collapses, from the rows that it reports.

A collapse is seldom a NaN: the masked-LM loss climbs back to where a model that
reads nothing is and stays there. All is computed from the rows of metrics.jsonl
and from nothing else, so a resumed run knows what the killed one knew.
"""

import math
import statistics
from collections.abc import Iterable
from typing import NamedTuple
from typing import Protocol

ON_COLLAPSE = ("rollback", "stop", "warn")

# Weight of the newest row in the running means; sentence order has few examples
# a row and takes longer to be sure of.
_NEW, _NEW_ORDER = 0.3, 0.1
# Nothing but a number that is none is believed before so many rows.
_ROWS_BEFORE = 10
# A climb of so many nats is noise, whatever the model had learnt.
_NOISE = 0.5
# Nats of sentence order: surely learnt, and as by chance (log 2 is 0.693).
_ORDER_LEARNT, _ORDER_LOST = 0.55, 0.69
# Gradient norms and trust ratios seldom double between two rows; they explode
# if they are so many times their running mean, so many rows in a row.
# Without a loss that is so many nats above its lowest they do no harm.
_EXPLOSION, _ROWS_IN_A_ROW, _HARM = 20.0, 2, 0.1
TRUST_RATIO = "trust_ratio/"


class Collapse(NamedTuple):
    """What is wrong, with the numbers, and the last step known to be well."""

    finding: str
    healthy_step: int


class Watch(Protocol):
    """Looks at one row after the other, as a Watchdog does."""

    def forget(self) -> None: ...

    def replay(self, rows: Iterable[dict]) -> None: ...

    def see(self, step: int, row: dict[str, float]) -> Collapse | None: ...


class Watchdog:
    """Looks at one row after the other.

    Args:
        unigram_loss: what the best guess without reading would get.
        highest_loss: what knowing nothing gets.
        loss: its name in a row.
        what: the same for people.
    """

    def __init__(
        self,
        unigram_loss: float,
        highest_loss: float,
        loss: str = "mlm_loss",
        what: str = "masked-LM",
    ):
        self._unigram_loss = unigram_loss
        self._nothing = highest_loss
        self._name, self._what = loss, what
        self.forget()

    def forget(self) -> None:
        """Starts anew, as where the batches get another length."""
        self._rows = 0
        self._loss = _RunningMean()
        self._order = _RunningMean(_NEW_ORDER)
        self._logs: dict[str, _RunningMean] = {}
        self._exploding = 0

    def replay(self, rows: Iterable[dict]) -> None:
        for row in rows:
            if row["kind"] == "train":
                self.see(row["step"], row)

    def see(self, step: int, row: dict[str, float]) -> Collapse | None:
        """What the means over some steps, up to `step`, tell."""
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
                f"the {self._what} loss is {now:.2f}, above that of knowing "
                f"nothing, {self._nothing:.2f}"
            )
        if now > lowest + max(_NOISE, (self._unigram_loss - lowest) / 2):
            return (
                f"the {self._what} loss climbed from {lowest:.2f} back to "
                f"{now:.2f}; without reading the best guess gets "
                f"{self._unigram_loss:.2f}"
            )
        return None

    def _explosion(self, row) -> str | None:
        ratios = [
            self._times_its_mean(name, value)
            for name, value in row.items()
            if name.startswith(TRUST_RATIO) and value > 0
        ]
        found = {
            "the gradient norm": self._times_its_mean(
                "gradient_norm", row["gradient_norm"]
            ),
            # One variable's may: that of segments has few gradients.
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
        # What explodes stays out, or the mean would run after it.
        if times <= _EXPLOSION:
            mean.add(0, log)
        return times


class _RunningMean:
    """A mean in which old values fade, and where it was lowest."""

    def __init__(self, new: float = _NEW):
        self._new = new
        self.is_empty = True
        self.now = math.nan
        self.lowest, self.lowest_step = math.inf, 0

    def add(self, step: int, value: float) -> None:
        if self.is_empty:
            self.now, self.is_empty = value, False
        self.now += self._new * (value - self.now)
        if self.now < self.lowest:
            self.lowest, self.lowest_step = self.now, step
