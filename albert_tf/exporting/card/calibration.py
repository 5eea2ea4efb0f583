"""What a model card says about the probabilities of a model."""

from collections.abc import Mapping
from typing import Any

_BY_THEMSELVES = (
    "- Programs that read logits rather than answers have to apply the "
    "calibration themselves; config.json or task.json has it."
)


def lines(calibration: Mapping[str, Any] | None) -> list[str]:
    """Items of a list on whether probabilities are calibrated, and on what.

    Args:
        calibration: the calibration in task.json; None if there is none.
    """
    if calibration is None:
        return ["- Its probabilities are not calibrated."]
    about = calibration["about"]
    data, before, after = about["data"], about["before"], about["after"]
    name = "expected_calibration_error"
    found = [
        f"- Its probabilities are calibrated on {data['file']} "
        f"({data['rows']:,} rows). The expected calibration error on rows that "
        f"were not used is {after[name]:.4f}; without the calibration it is "
        f"{before[name]:.4f}."
    ]
    if calibration["label_thresholds"]:
        found.append(
            "- Each label has a threshold of its own. On rows that were not "
            f"used, the micro F1 is {after['micro_f1']:.4f} and the macro F1 "
            f"{after['macro_f1']:.4f}; with a threshold of 0.5 they are "
            f"{before['micro_f1']:.4f} and {before['macro_f1']:.4f}."
        )
    if calibration["none_threshold"] is not None:
        recall = ""
        if "out_of_scope_recall" in after:
            recall = (
                ", and so are "
                f"{after['out_of_scope_recall']:.1%} of those of no class"
            )
        found.append(
            "- A text is answered with none of the classes if the likeliest "
            f"has a probability below {calibration['none_threshold']:.4g}: "
            f"{1 - after['in_scope_answered']:.1%} of the texts of a class "
            f"are{recall}."
        )
    if calibration["coverage"] is not None:
        found.append(
            f"- Prediction sets are made for a coverage of "
            f"{calibration['coverage']:g}. On rows that were not used, "
            f"{after['set_coverage']:.1%} hold the right class, with "
            f"{after['mean_set_size']:.2f} classes on average. This holds for "
            "texts like those of the calibration only."
        )
    return [*found, _BY_THEMSELVES]
