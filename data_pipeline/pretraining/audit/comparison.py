"""A comparison of a number with what the settings promise."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What was promised and what was seen, with advice if they differ."""

    what: str
    promised: str
    seen: str
    advice: str | None = None


def deviation(share: float, count: int) -> float:
    """The standard deviation of a share seen in `count` draws."""
    return math.sqrt(share * (1 - share) / max(count, 1))


def judge(
    what: str, promised: str, seen: str, fine: bool, advice: str
) -> Comparison:
    """A comparison, with advice unless it is fine."""
    return Comparison(what, promised, seen, None if fine else advice)
