"""Fits a calibration to labeled rows, and measures it on rows not used."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import fitted_maps
from data_pipeline.tasks.calibration import halves
from data_pipeline.tasks.calibration import label_map
from data_pipeline.tasks.calibration import label_thresholds
from data_pipeline.tasks.calibration import measures
from data_pipeline.tasks.calibration import none_of_these
from data_pipeline.tasks.calibration import prediction_sets
from data_pipeline.tasks.calibration import temperatures
from data_pipeline.tasks.texts import example_predictions

# Rows below which a half says nothing about the other.
LEAST_ROWS = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rows:
    """Labeled rows of a model with C classes or labels.

    Attributes:
        logits: [N, C].
        gold: int [N], the number of each row's class, below 0 for rows of no
            class; or bool [N, C], whether a row has each of several labels.
        places: [N], from `halves.places`.
    """

    logits: np.ndarray
    gold: np.ndarray
    places: np.ndarray

    @property
    def have_labels(self) -> bool:
        """Whether a row may have several labels."""
        return self.gold.ndim == 2

    @property
    def inside(self) -> "Rows":
        """The rows that have a class."""
        return self if self.have_labels else self.of(self.gold >= 0)

    def of(self, chosen: np.ndarray) -> "Rows":
        """Some of the rows.

        Args:
            chosen: bool [N].
        """
        return Rows(
            logits=self.logits[chosen],
            gold=self.gold[chosen],
            places=self.places[chosen],
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What to fit besides probabilities.

    Attributes:
        coverage: of prediction sets; None: no sets.
        none_label: the name of rows of no class; None if there are none.
        none_share: the share of rows with a class that may be answered with
            none of the classes; None: the best threshold for rows of no class,
            if there are any.
    """

    coverage: float | None = None
    none_label: str | None = None
    none_share: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fitted:
    """A calibration, and how good it is.

    Attributes:
        calibration: fitted to all rows.
        before, after: measurements by name, without a calibration and with
            one. Each half of the rows is measured with what was fitted to the
            other half.
        bins: the reliability of probabilities in both, from
            `probability_scores.reliability`.
        notes: what a user should know, in sentences.
    """

    calibration: calibrations.Calibration
    before: dict[str, float]
    after: dict[str, float]
    bins: dict[str, list[dict[str, float]]]
    notes: tuple[str, ...]


def fit(rows: Rows, labels: Sequence[str], options: Options) -> Fitted:
    """Fits a calibration.

    Probabilities stay as they are where a change does not make those of the
    other half better.

    Args:
        rows: the labeled rows, which the model was not trained on.
        labels: the C classes or labels.
        options: what else to fit.
    Raises:
        ValueError: the rows are too few, or do not fit the options.
    """
    sides = [rows.of(half) for half in halves.halves(rows.places)]
    _check(rows, sides, options)
    unchanged = _of_maps([label_map.LabelMap()] * _num_labels(rows))
    fitted = [_probabilities(side) for side in sides]
    if not _helps(fitted, unchanged, sides):
        fitted = [unchanged, unchanged]
    found = [
        _with_decisions(one, side, options)
        for one, side in zip(fitted, sides, strict=True)
    ]
    whole = unchanged
    if fitted[0] is not unchanged:
        whole = _probabilities(rows)
    whole = _with_decisions(whole, rows, options)
    before, bins_before = measures.of_halves([unchanged] * 2, sides)
    after, bins_after = measures.of_halves(found[::-1], sides)
    return Fitted(
        calibration=whole,
        before=before,
        after=after,
        bins={"before": bins_before, "after": bins_after},
        notes=tuple(measures.notes(whole, rows, labels)),
    )


def _check(rows: Rows, sides: Sequence[Rows], options: Options) -> None:
    fewest = min(len(side.inside.gold) for side in sides)
    if fewest < LEAST_ROWS:
        raise ValueError(
            f"Calibration must have at least {LEAST_ROWS} labeled rows in each "
            "half of the file, which a hash of the texts divides. Received: "
            f"{len(rows.inside.gold)} rows, and {fewest} in one half. Use a "
            "larger file."
        )
    if rows.have_labels:
        if options.coverage or options.none_label or options.none_share:
            raise ValueError(
                "--coverage, --none_label and --none_of_these must be used "
                "with models that choose one class. Received: a model for "
                "several labels, which may choose no label anyway. Leave them "
                "out."
            )
        if not all(side.gold.any() for side in sides):
            raise ValueError(
                "Calibration must have rows with labels in each half of the "
                "file. Received: rows without any. Use another file."
            )
        return
    for side in sides:
        if len(np.unique(side.inside.gold)) < 2:
            raise ValueError(
                "Calibration must have rows of at least two classes in each "
                "half of the file. Received: rows of one class. Use a file "
                "with all classes."
            )
        if options.none_label and not (side.gold < 0).any():
            raise ValueError(
                "--none_label must be the label of rows in both halves of the "
                f"file. Received: --none_label={options.none_label}, and "
                f"{int((rows.gold < 0).sum())} such rows. Add rows, or set the "
                "threshold without them by --none_of_these=0.05."
            )


def _probabilities(rows: Rows) -> calibrations.Calibration:
    """A calibration of the probabilities alone."""
    inside = rows.inside
    if not rows.have_labels:
        return calibrations.Calibration(
            temperature=temperatures.fit(inside.logits, inside.gold)
        )
    return _of_maps(
        fitted_maps.of_labels(rows.logits, rows.gold, halves.folds(rows.places))
    )


def _num_labels(rows: Rows) -> int:
    """The number of labels that a row may have several of; 0 for classes."""
    return rows.gold.shape[1] if rows.have_labels else 0


def _of_maps(
    maps: Sequence[label_map.LabelMap],
) -> calibrations.Calibration:
    return calibrations.Calibration(
        label_maps=tuple(maps),
        label_thresholds=(calibrations.EVEN,) * len(maps),
    )


def _helps(
    fitted: Sequence[calibrations.Calibration],
    unchanged: calibrations.Calibration,
    sides: Sequence[Rows],
) -> bool:
    """Whether probabilities of a half become better by what was fitted to the
    other one."""
    insides = [side.inside for side in sides]
    before, _ = measures.of_halves([unchanged] * 2, insides)
    after, _ = measures.of_halves(fitted[::-1], insides)
    return after["loss"] < before["loss"]


def _with_decisions(
    fitted: calibrations.Calibration, rows: Rows, options: Options
) -> calibrations.Calibration:
    """Adds the thresholds of decisions, from the same rows."""
    if rows.have_labels:
        thresholds = label_thresholds.of_labels(
            fitted.of_labels(rows.logits), rows.gold, calibrations.EVEN
        )
        return dataclasses.replace(fitted, label_thresholds=thresholds)
    shares = example_predictions.softmax(fitted.logits(rows.logits))
    is_inside = rows.gold >= 0
    changes: dict[str, Any] = {"none_label": options.none_label}
    if options.none_share is not None:
        changes["none_threshold"] = none_of_these.by_share(
            shares[is_inside].max(axis=-1), options.none_share
        )
    elif options.none_label is not None:
        changes["none_threshold"] = none_of_these.by_examples(
            shares.max(axis=-1), shares.argmax(axis=-1) == rows.gold, ~is_inside
        )
    if options.coverage is not None:
        changes["coverage"] = options.coverage
        changes["set_threshold"] = prediction_sets.threshold(
            shares[is_inside], rows.gold[is_inside], options.coverage
        )
    return dataclasses.replace(fitted, **changes)
