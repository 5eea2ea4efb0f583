"""Shares of topics by week or month, and which of them rise or fall."""

import datetime
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Weeks that a curve shows at most; months are counted beyond.
_MOST_WEEKS = 53
RISING, FALLING, NO_TREND = "rising", "falling", "no trend"
# Standard errors that shares must differ by. About one topic in 370
# would do so by chance.
_ERRORS = 3.0


class Trends(NamedTuple):
    """How often topics appear.

    Attributes:
        unit: "week" or "month".
        starts: the first days of the T periods.
        totals: int [T], texts of each period, noise included.
        counts: int [K, T], texts of each topic.
    """

    unit: str
    starts: list[datetime.date]
    totals: np.ndarray
    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """float [K, T], of all texts in a period; 0 without texts."""
        return self.counts / np.maximum(self.totals, 1)


class Change(NamedTuple):
    """How the share of a topic differs between the halves of the time.

    Attributes:
        before, after: its shares in both halves.
        errors: their difference, in standard errors.
        kind: RISING, FALLING or NO_TREND.
    """

    before: float
    after: float
    errors: float
    kind: str


def by_period(
    days: Sequence[datetime.date], clusters: np.ndarray, unit: str | None
) -> Trends:
    """Counts the texts of each topic in each period, from the first to the
    last one without gaps.

    Args:
        days: of N texts.
        clusters: int [N]; negative for noise.
        unit: "week" (from Monday), "month", or None to choose by the span.
    """
    if unit is None:
        weeks = (max(days) - min(days)).days / 7
        unit = "week" if weeks <= _MOST_WEEKS else "month"
    starts = periods(min(days), max(days), unit)
    place = {start: number for number, start in enumerate(starts)}
    column = np.array([place[first(day, unit)] for day in days])
    topics = int(clusters.max()) + 1
    counts = np.zeros([topics, len(starts)], int)
    is_topic = clusters >= 0
    np.add.at(counts, (clusters[is_topic], column[is_topic]), 1)
    totals = np.bincount(column, minlength=len(starts))
    return Trends(unit, starts, totals, counts)


def first(day: datetime.date, unit: str) -> datetime.date:
    """The first day of the period that a day is in."""
    if unit == "month":
        return day.replace(day=1)
    return day - datetime.timedelta(days=day.weekday())


def periods(
    start: datetime.date, end: datetime.date, unit: str
) -> list[datetime.date]:
    found = [first(start, unit)]
    step = datetime.timedelta(days=7 if unit == "week" else 31)
    while (following := first(found[-1] + step, unit)) <= end:
        found.append(following)
    return found


def changes(trends: Trends) -> list[Change]:
    """The change of each topic: its share in the second half of the periods
    against the first, by the test of two proportions."""
    middle = len(trends.starts) // 2
    early, late = trends.totals[:middle].sum(), trends.totals[middle:].sum()
    found = []
    for own in trends.counts:
        before, after = own[:middle].sum(), own[middle:].sum()
        if not early or not late:
            found.append(Change(0.0, after / max(late, 1), 0.0, NO_TREND))
            continue
        pooled = (before + after) / (early + late)
        spread = pooled * (1 - pooled) * (1 / early + 1 / late)
        old, new = before / early, after / late
        errors = (new - old) / math.sqrt(spread) if spread else 0.0
        kind = NO_TREND
        if abs(errors) > _ERRORS:
            kind = RISING if errors > 0 else FALLING
        found.append(Change(float(old), float(new), float(errors), kind))
    return found
