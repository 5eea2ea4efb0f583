"""Baselines: the scores of trivial predictions on a split.

They put a score into perspective: if nine out of ten texts have the same class,
an accuracy of 0.9 takes no model.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A baseline, computed from the labels of the split itself.

    Attributes:
        name: the prediction, such as the most frequent class.
        metrics: metrics by name, the same as a model's.
        loss: the loss of guessing by label frequencies; None if unknown.
    """

    name: str
    metrics: dict[str, float]
    loss: float | None
