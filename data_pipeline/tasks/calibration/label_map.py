"""Maps from the logit of one label to its probability.

A map is the sigmoid itself, the sigmoid of a line (Platt scaling), or a broken
line that rises (isotonic regression).

Sources: John Platt, "Probabilistic Outputs for Support Vector Machines", 1999;
Assaf Oron and Nancy Flournoy, "Centered Isotonic Regression", Statistics in
Biopharmaceutical Research 2017, whose broken line rises between the centers of
the steps that isotonic regression finds.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

IDENTITY, PLATT, ISOTONIC = "identity", "platt", "isotonic"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelMap:
    """A map from logits to probabilities.

    Attributes:
        scale, bias: the probability is the sigmoid of scale * logit + bias.
        logits, probabilities: the points of a broken line, from the left to the
            right, which replaces the sigmoid; () if there is none. Left and
            right of them, it is level.
    """

    scale: float = 1.0
    bias: float = 0.0
    logits: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    @property
    def method(self) -> str:
        """One of "identity", "platt" and "isotonic"."""
        if self.logits:
            return ISOTONIC
        return IDENTITY if (self.scale, self.bias) == (1.0, 0.0) else PLATT

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities, float64 [N], of logits [N]."""
        if self.logits:
            return np.interp(logits, self.logits, self.probabilities)
        line = self.scale * logits.astype(np.float64) + self.bias
        return 0.5 * (1 + np.tanh(line / 2))


def from_json(values: Mapping[str, Any]) -> LabelMap:
    """A map from `dataclasses.asdict`, as JSON has it.

    Raises:
        ValueError, TypeError, KeyError: it is something else.
    """
    found = LabelMap(
        scale=float(values["scale"]),
        bias=float(values["bias"]),
        logits=tuple(map(float, values["logits"])),
        probabilities=tuple(map(float, values["probabilities"])),
    )
    shares = np.array(found.probabilities)
    if (
        not np.isfinite([found.scale, found.bias]).all()
        or found.scale <= 0
        or len(found.logits) != len(shares)
        or not (np.diff(found.logits) > 0).all()
        or not (np.diff(shares) >= 0).all()
        or not ((shares > 0) & (shares < 1)).all()
    ):
        raise ValueError(
            "a label's map must have a scale above 0, and points that rise, "
            f"not {dict(values)!r:.80}"
        )
    return found
