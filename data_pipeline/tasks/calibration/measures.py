"""Measures a calibration, and says what is notable about it."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import numpy as np

from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import fitted_maps
from data_pipeline.tasks.calibration import none_of_these
from data_pipeline.tasks.calibration import prediction_sets
from data_pipeline.tasks.scoring import item_losses
from data_pipeline.tasks.scoring import probability_scores
from data_pipeline.tasks.texts import example_predictions

_SHOWN = 10
_BINS = "bins"
# Measurements that evaluations have anyway.
_COMMON = (_BINS, "loss", "accuracy", "micro_f1", "macro_f1")


class Rows(Protocol):
    """Labeled rows, as in `fit.Rows`."""

    @property
    def logits(self) -> np.ndarray: ...

    @property
    def gold(self) -> np.ndarray: ...


def of_halves(
    used: Sequence[calibrations.Calibration], sides: Sequence[Rows]
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Measures several parts of rows together, each with its own calibration.

    Returns:
        Measurements by name, as in `of_outputs`, and the bins of a reliability
        diagram.
    """
    parts = [
        one.applied({"logits": side.logits})
        for one, side in zip(used, sides, strict=True)
    ]
    outputs = {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
    gold = np.concatenate([side.gold for side in sides])
    found = of_outputs(outputs, gold)
    return found, found.pop(_BINS)


def of_outputs(
    outputs: Mapping[str, np.ndarray], gold: np.ndarray
) -> dict[str, Any]:
    """Measures calibrated outputs.

    Args:
        outputs: from `Calibration.applied`, of N rows.
        gold: as in `fit.Rows`.
    Returns:
        loss, the mean cross-entropy in nats; expected_calibration_error and
        brier; bins, as in `probability_scores`; accuracy, or micro_f1 and
        macro_f1 for several labels; and, if the outputs have them, the
        measurements of `none_of_these` and `prediction_sets`. Rows of no class
        count only for `none_of_these`.
    """
    logits = outputs["logits"]
    if gold.ndim == 2:
        return _of_labels(outputs, gold > 0.5)
    inside = gold >= 0
    shares = example_predictions.softmax(logits)
    is_right = shares.argmax(axis=-1) == gold
    found: dict[str, Any] = {}
    if inside.any():
        loss = item_losses.cross_entropy(logits[inside], gold[inside])
        found = {
            "loss": float(loss.mean()),
            **probability_scores.of_classes(shares[inside], gold[inside]),
            "accuracy": float(is_right[inside].mean()),
        }
    if calibrations.IS_NONE in outputs:
        found |= none_of_these.measured(
            outputs[calibrations.IS_NONE], is_right, ~inside
        )
    if calibrations.IN_SET in outputs and inside.any():
        found |= prediction_sets.measured(
            outputs[calibrations.IN_SET][inside], gold[inside]
        )
    return found


def _of_labels(
    outputs: Mapping[str, np.ndarray], gold: np.ndarray
) -> dict[str, Any]:
    logits = outputs["logits"].astype(np.float64)
    chosen = outputs[calibrations.CHOSEN]
    loss = np.logaddexp(0, logits) - gold * logits
    return {
        "loss": float(loss.mean()),
        **probability_scores.of_labels(
            example_predictions.sigmoid(logits), gold
        ),
        "micro_f1": float(_f1(gold.ravel(), chosen.ravel())),
        "macro_f1": float(_f1(gold, chosen).mean()),
    }


def _f1(gold: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The F1 of each column; 0 for a label that no row has or is given."""
    hits = (gold & chosen).sum(axis=0)
    total = gold.sum(axis=0) + chosen.sum(axis=0)
    return 2 * hits / np.maximum(total, 1)


def of_evaluation(
    outputs: Mapping[str, np.ndarray], label: np.ndarray
) -> dict[str, float]:
    """What a calibration adds to the metrics of an evaluation.

    Args:
        outputs: from `Calibration.applied`, of N items.
        label: the label array of their features.
    Returns:
        Measurements by name, as in `of_outputs`, without those that every
        evaluation has; for several labels, also micro_f1_at_0.5 and
        macro_f1_at_0.5, by the uncalibrated probabilities.
    """
    several = label.ndim == 2
    found = of_outputs(outputs, label > 0.5 if several else label)
    found = {
        name: value for name, value in found.items() if name not in _COMMON
    }
    if several:
        raw = outputs[calibrations.UNCALIBRATED]
        even = {"logits": raw, calibrations.CHOSEN: raw > 0}
        for name in ("micro_f1", "macro_f1"):
            found[f"{name}_at_0.5"] = of_outputs(even, label > 0.5)[name]
    return found


def before_and_after(
    outputs: Mapping[str, np.ndarray], label: np.ndarray
) -> dict[str, dict[str, Any]]:
    """The reliability of probabilities without a calibration and with one.

    Args:
        outputs: of a model, as they are or from `Calibration.applied`.
        label: the label array of their features.
    Returns:
        before and, for a calibrated model, after: each with
        expected_calibration_error, brier and bins, as in `probability_scores`.
    """
    after = outputs["logits"]
    found = {"before": outputs.get(calibrations.UNCALIBRATED, after)}
    if calibrations.UNCALIBRATED in outputs:
        found["after"] = after
    return {name: _scores(logits, label) for name, logits in found.items()}


def _scores(logits: np.ndarray, label: np.ndarray) -> dict[str, Any]:
    if label.ndim == 2:
        shares = example_predictions.sigmoid(logits.astype(np.float64))
        return probability_scores.of_labels(shares, label > 0.5)
    inside = label >= 0
    return probability_scores.of_classes(
        example_predictions.softmax(logits[inside]), label[inside]
    )


def notes(
    found: calibrations.Calibration, rows: Rows, labels: Sequence[str]
) -> Iterator[str]:
    """What a user should know about a calibration, in sentences."""
    if not found.label_maps:
        if found.temperature == 1:
            yield (
                "The temperature stays at 1, since another one gives no "
                "better probabilities for the half that it was not fitted to."
            )
        present = np.isin(np.arange(len(labels)), rows.gold)
        yield from _missing(labels, present, "")
        return
    positive = rows.gold.sum(axis=0)
    yield from _missing(labels, positive > 0, ", whose threshold stays at 0.5")
    scarce = [
        name
        for name, count in zip(labels, positive, strict=True)
        if 0 < min(count, len(rows.gold) - count) < fitted_maps.LEAST_ROWS
    ]
    if scarce:
        yield (
            f"Fewer than {fitted_maps.LEAST_ROWS} rows decide on "
            f"{_listed(scarce)}. Such probabilities stay as they are, and such "
            "thresholds are uncertain."
        )
    if not found.changes_probabilities:
        yield (
            "All probabilities stay as they are, since others are no better "
            "for the half that they were not fitted to."
        )
        return
    methods = [one.method for one in found.label_maps]
    counts = ", ".join(
        f"{name} {methods.count(name)}" for name in dict.fromkeys(methods)
    )
    yield f"Chosen for the labels by cross-validation: {counts}."


def _missing(
    labels: Sequence[str], present: np.ndarray, so: str
) -> Iterator[str]:
    names = [
        name
        for name, is_there in zip(labels, present, strict=True)
        if not is_there
    ]
    if names:
        yield f"No row has {_listed(names)}{so}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
