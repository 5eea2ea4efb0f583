"""What calibration has found for a model, as its task.json keeps it.

A calibration belongs to weights: it makes their probabilities as often right as
they say, and holds the thresholds of the decisions that follow from them.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_pipeline.tasks.calibration import label_map
from data_pipeline.tasks.calibration import prediction_sets
from data_pipeline.tasks.texts import example_predictions

# The key of a row in task.json, and of an export's config.json.
KEY = "calibration"
# The threshold of a label that has no other.
EVEN = 0.5

# Names of the arrays that `Calibration.applied` adds to a model's outputs.
UNCALIBRATED = "uncalibrated_logits"
CHOSEN = "chosen"
IS_NONE = "is_none"
IN_SET = "in_set"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """The calibration of a model with C classes or labels.

    Attributes:
        temperature: divides the logits of classes that exclude each other.
        label_maps: one for each of several labels; () for classes.
        label_thresholds: for each of several labels, the probability above
            which it is chosen; () for classes.
        none_threshold: the probability of the likeliest class below which the
            answer is none of the classes; None if there is no threshold.
        none_label: what files call a text of no class; None if they have no
            name for it.
        coverage: how often prediction sets hold the right class; None if there
            are no sets.
        set_threshold: the smallest probability of a class in a set.
        about: the weights, data and measurements of the calibration, as JSON.
    """

    temperature: float = 1.0
    label_maps: tuple[label_map.LabelMap, ...] = ()
    label_thresholds: tuple[float, ...] = ()
    none_threshold: float | None = None
    none_label: str | None = None
    coverage: float | None = None
    set_threshold: float | None = None
    about: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def changes_probabilities(self) -> bool:
        """Whether it changes any probability."""
        return self.temperature != 1 or any(
            one.method != label_map.IDENTITY for one in self.label_maps
        )

    @property
    def fingerprint(self) -> str:
        """A hash of what decides answers, 16 hexadecimal digits."""
        decisive = {**self.as_json(), "about": None}
        text = json.dumps(decisive, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def logits(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated logits, float32 [N, C], of a model's logits [N, C].

        Their softmax is the probability of each class; or, with
        `label_maps`, their sigmoid that of each label.
        """
        if not self.label_maps:
            return (logits / self.temperature).astype(np.float32)
        shares = self.of_labels(logits)
        # As float32, so that a threshold divides what the answers show.
        return (np.log(shares) - np.log1p(-shares)).astype(np.float32)

    def of_labels(self, logits: np.ndarray) -> np.ndarray:
        """The probability of each label, float64 [N, C], above 0 and below 1.

        Args:
            logits: [N, C], for a calibration with `label_maps`.
        """
        columns = [
            one(column)
            for one, column in zip(self.label_maps, logits.T, strict=True)
        ]
        return np.clip(np.stack(columns, axis=-1), 1e-12, 1 - 1e-12)

    def applied(self, outputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """A model's outputs with calibrated logits, and with the decisions.

        Args:
            outputs: with logits [N, C].
        Returns:
            The outputs with calibrated `logits`; `uncalibrated_logits`, those
            of the model; and where there are thresholds for it, `chosen`, bool
            [N, C], the labels that apply; `is_none`, bool [N], the rows of no
            class; and `in_set`, bool [N, C], the classes of prediction sets.
        """
        raw = outputs["logits"]
        found = {**outputs, "logits": self.logits(raw), UNCALIBRATED: raw}
        if self.label_maps:
            shares = self.of_labels(raw)
            found[CHOSEN] = shares > np.array(self.label_thresholds)
            return found
        shares = example_predictions.softmax(found["logits"])
        if self.none_threshold is not None:
            found[IS_NONE] = shares.max(axis=-1) < self.none_threshold
        if self.set_threshold is not None:
            found[IN_SET] = prediction_sets.of(shares, self.set_threshold)
        return found

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON values."""
        return dataclasses.asdict(self)


def none_label(calibration: Calibration | None) -> str:
    """What files call a text of none of the classes; "" if they have no name
    for it."""
    return (calibration and calibration.none_label) or ""


def from_json(values: Mapping[str, Any], num_classes: int) -> Calibration:
    """A calibration from `Calibration.as_json`.

    Args:
        values: the fields.
        num_classes: C, the number of the model's classes or labels.
    Raises:
        ValueError, TypeError, KeyError: a field is missing or wrong.
    """
    maps = tuple(map(label_map.from_json, values["label_maps"]))
    thresholds = tuple(map(float, values["label_thresholds"]))
    if len(maps) not in (0, num_classes) or len(thresholds) != len(maps):
        raise ValueError(
            f"calibration must have a map and a threshold for each of the "
            f"{num_classes} labels, not {len(maps)} and {len(thresholds)}"
        )
    name = values["none_label"]
    if not isinstance(name, str | None) or not isinstance(
        values["about"], dict
    ):
        raise TypeError("calibration must hold a none_label and `about`")
    temperature = float(values["temperature"])
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    shares = {
        field: None if values[field] is None else float(values[field])
        for field in ("none_threshold", "coverage", "set_threshold")
    }
    found = [*thresholds, *(x for x in shares.values() if x is not None)]
    if not all(0 <= share <= 1 for share in found):
        raise ValueError("thresholds must be probabilities, from 0 to 1")
    return Calibration(
        temperature=temperature,
        label_maps=maps,
        label_thresholds=thresholds,
        none_label=name,
        about=values["about"],
        **shares,
    )


def of_row(row: Mapping[str, Any]) -> Calibration | None:
    """The calibration of a task's row in task.json, or None."""
    if KEY not in row:
        return None
    return from_json(row[KEY], len(row["labels"]))
