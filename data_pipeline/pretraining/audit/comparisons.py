"""One number beside its promise."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One number beside its promise; `advice` where they differ, else None."""

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
    """A comparison, with advice where it is not fine."""
    return Comparison(what, promised, seen, None if fine else advice)
