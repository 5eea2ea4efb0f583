"""The settings of training on classes of very different sizes."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting

_SECTION = "Skewed classes"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SkewConfig(config.Config):
    """How much each class, and each label, counts in training."""

    class_weights: str = setting(
        "none",
        "Weights of classes in the loss. balanced: in inverse proportion to "
        "their numbers of examples; with several labels, the positive examples "
        "of each label weigh as much as the others. Otherwise a JSON file with "
        "the weight of each class by name; with several labels, of its "
        "positive examples.",
        section=_SECTION,
        decides="class_weights",
    )
    class_sampling_power: float = setting(
        1.0,
        "For one class per text: in an epoch, each class is drawn in "
        "proportion to its number of examples raised to this power. 1: as the "
        "data is; 0: all classes equally often.",
        section=_SECTION,
        minimum=0.0,
        maximum=1.0,
    )
    label_smoothing: float = setting(
        0.0,
        "Share of each label that all classes get in equal parts, in training; "
        "for one class or several per text, for multiple choice, and for texts "
        "to write, where all tokens of the vocabulary get it.",
        section=_SECTION,
        minimum=0.0,
        maximum=0.9,
    )
