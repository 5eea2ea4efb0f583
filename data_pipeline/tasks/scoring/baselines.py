"""What a model that reads nothing, or one word, scores on a split.

A score says little without one: where nine texts in ten have the same class,
an accuracy of 0.9 takes no model.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A baseline, made from the labels of the split itself.

    Attributes:
        name: what is predicted, such as the most frequent class.
        metrics: by name, as a model's.
        loss: of guessing by the labels' frequencies; None where it cannot be
            known.
    """

    name: str
    metrics: dict[str, float]
    loss: float | None
