"""Formats a calibration and its measurements for the screen."""

from collections.abc import Iterator

from data_pipeline.io import aligned_table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.calibration import fit

_NAMES = {
    "loss": "cross-entropy",
    "expected_calibration_error": "expected calibration error",
    "brier": "Brier score",
    "accuracy": "accuracy",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "in_scope_accuracy": "accuracy in scope, with none of these",
    "in_scope_answered": "answered in scope",
    "accuracy_of_answered": "accuracy of the answered in scope",
    "out_of_scope_recall": "out-of-scope recall",
    "out_of_scope_precision": "out-of-scope precision",
    "set_coverage": "coverage of prediction sets",
    "mean_set_size": "mean size of a set",
    "largest_set": "largest set",
}
_WIDEST = 60


def text(found: fit.Fitted) -> str:
    """The measurements as a table, what was saved, and notes."""
    rows = [
        [
            _NAMES[name],
            _number(found.before.get(name)),
            _number(value),
        ]
        for name, value in found.after.items()
    ]
    parts = [
        aligned_table.text(["", "before", "after"], rows, _WIDEST),
        "Each half of the rows is measured with what was fitted to the other "
        "half.",
        "\n".join([*_saved(found.calibration), *found.notes]),
    ]
    return "\n\n".join(parts)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def _saved(found: calibrations.Calibration) -> Iterator[str]:
    """What the calibration has found, in sentences."""
    if found.label_maps:
        thresholds = found.label_thresholds
        yield (
            f"Label thresholds from {min(thresholds):.3f} to "
            f"{max(thresholds):.3f}, in place of 0.5."
        )
        return
    yield f"Temperature {found.temperature:.4f}."
    if found.none_threshold is not None:
        yield (
            "None of these, if the likeliest class has a probability below "
            f"{found.none_threshold:.4f}."
        )
    if found.coverage is not None:
        yield (
            f"Prediction sets for a coverage of {found.coverage:g}: all "
            f"classes with a probability of at least {found.set_threshold:.4g}."
        )
