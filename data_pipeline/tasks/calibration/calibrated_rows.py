"""Predictions of one class that a calibration has changed or added to."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks.calibration import calibrations

# What details call a text of no class, if the files have no name for it.
NONE_OF_THESE = "(none of these)"
# The logit of a class with the probability 0.
_NEVER = -1e30


def is_none(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which rows are of none of the classes, bool [N].

    Args:
        outputs: of a model, as they are or from `Calibration.applied`.
    """
    nowhere = np.zeros(len(outputs["logits"]), bool)
    return outputs.get(calibrations.IS_NONE, nowhere)


def shown(
    outputs: Mapping[str, np.ndarray],
    probabilities: np.ndarray,
    labels: Sequence[str],
    item: int,
) -> dict[str, Any]:
    """What a row of predictions also has.

    Args:
        outputs: as in `is_none`.
        probabilities: [N, C].
        labels: the C classes.
        item: the number of the row.
    Returns:
        Where there is a threshold, none_of_these, whether the row is of none of
        the classes, and best_label, the likeliest of them; and where there are
        prediction sets, prediction_set, its classes, the likeliest first.
    """
    found: dict[str, Any] = {}
    own = probabilities[item]
    if calibrations.IS_NONE in outputs:
        found["none_of_these"] = bool(outputs[calibrations.IS_NONE][item])
        found["best_label"] = labels[int(own.argmax())]
    if calibrations.IN_SET in outputs:
        places = np.flatnonzero(outputs[calibrations.IN_SET][item])
        places = places[np.argsort(-own[places], kind="stable")]
        found["prediction_set"] = [labels[place] for place in places.tolist()]
    return found


def with_none(
    names: Mapping[str, str],
    logits: np.ndarray,
    pairs: Sequence[tuple[str, str]],
) -> tuple[dict[str, str], np.ndarray]:
    """Names and logits that also have the label of rows of no class, if rows
    have it or are predicted to have it.

    Args:
        names: the displayed name of each class.
        logits: [N, C], in the order of `names`.
        pairs: (label, prediction) of rows.
    Returns:
        The names, and logits [N, C + 1], where a probability of 0 belongs to
        that label; or both as they were.
    """
    others = {label for pair in pairs for label in pair} - names.keys()
    if not others:
        return dict(names), logits
    columns = np.full([len(logits), len(others)], _NEVER, logits.dtype)
    named = {label: label or NONE_OF_THESE for label in sorted(others)}
    return {**names, **named}, np.concatenate([logits, columns], axis=-1)
