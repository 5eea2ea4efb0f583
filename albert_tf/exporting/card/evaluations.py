"""Evaluations for a model card: those of its weights, on data that is named."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import logging

from albert_tf.exporting import gate
from albert_tf.exporting.card import text as card_text

# Hexadecimal digits of hashes that are compared, and that are shown.
_DIGITS, _SHOWN = 16, 8
# Between two measurements of a metric from 0 to 1 on the same rows: what other
# ways to compute may change.
_TOLERANCE = 0.002
# What stands beside metrics, or repeats one.
_NO_METRICS = (
    "score",
    "baseline",
    "baseline_loss",
    "rows",
    "predicted_classes",
)


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Metrics of a checkpoint on one part of a task's data.

    data: file, part, sha256 and rows.
    metrics: by name; those of single classes are left out.
    max_seq_length: of the rows in tokens; None where nothing says it.
    """

    checkpoint: str
    step: int | None
    data: Mapping[str, Any]
    metrics: Mapping[str, float]
    max_seq_length: int | None = None

    def is_of_any(self, hashes: Iterable[str]) -> bool:
        """Whether its data is one of those with these SHA-256."""
        return any(each.startswith(self.data["sha256"]) for each in hashes)

    def described(self, trained_on: Iterable[str] = ()) -> str:
        """One line: what the metrics are of.

        Args:
            trained_on: SHA-256 of training data.
        """
        text = (
            f"Of {checkpoint(self.checkpoint, self.step)}, on {rows(self.data)}"
        )
        if self.is_of_any(trained_on):
            text += ", which it was trained on"
        if self.max_seq_length:
            text += f", of at most {self.max_seq_length} tokens"
        return text


def checkpoint(name: str, step: int | None) -> str:
    step_text = "" if step is None else f" (step {step:,})"
    return f"{card_text.shortened(name)}{step_text}"


def rows(data: Mapping[str, Any]) -> str:
    """Which rows of which file."""
    count = f"{data['rows']:,}"
    if data.get("of", data["rows"]) != data["rows"]:
        count = f"the first {count} of {data['of']:,}"
    return (
        f"{count} rows of {card_text.shortened(data['file'])} "
        f"({data['part']}; SHA-256 {data['sha256'][:_SHOWN]}...)"
    )


def of_weights(
    recorded: Iterable[Mapping[str, Any]],
    weights: str,
    name: str,
    task: str,
) -> list[Evaluation]:
    """The evaluations of these weights, one for each part of the data.

    Args:
        recorded: as of `evaluations.read`.
        weights: hexadecimal SHA-256, as of `fingerprints.of_weights`.
        name: of the checkpoint in its run; it decides where several tasks were
            evaluated at once, which have more weights than one of them.
        task: which one.
    """
    found = []
    for each in recorded:
        is_one = len(each["data"]) == 1
        is_same = each["weights"][:_DIGITS] == weights[:_DIGITS]
        if not (is_same or (not is_one and each["checkpoint"] == name)):
            continue
        parts = each["data"].get(task)
        if parts is None and is_one:
            (parts,) = each["data"].values()
        for part in parts or ():
            prefixes = [] if is_one else [task]
            prefixes += [part["part"]] * (len(parts) > 1)
            metrics = _main(each["results"], prefixes)
            if metrics:
                length = each.get("settings", {}).get("max_seq_length")
                found.append(
                    Evaluation(
                        each["checkpoint"], each["step"], part, metrics, length
                    )
                )
    return found


def believed(
    found: Sequence[Evaluation],
    results: Sequence[gate.Result],
    data: Mapping[str, Any] | None,
    scale: float = 1.0,
) -> list[Evaluation]:
    """Those that the gate does not contradict on the same rows; others are
    named in a warning.

    Args:
        results: of the gate.
        data: that it compared on: sha256, rows and `of` how many; or None.
        scale: of recorded metrics, for which the gate's go to 1.
    """
    kept = []
    for each in found:
        is_same = (
            data is not None
            and data["sha256"][:_DIGITS] == each.data["sha256"][:_DIGITS]
            and data["rows"] == data["of"]
        )
        wrong = [
            result
            for result in results
            if is_same
            and result.metric in each.metrics
            and not abs(each.metrics[result.metric] / scale - result.original)
            <= _TOLERANCE
        ]
        if not wrong:
            kept.append(each)
            continue
        logging.warning(
            "The model card must not state what these weights do not do. "
            "Received: %s %.4f, recorded of %s on %s, where the weights that "
            "are exported have %.4f. The card leaves the recorded figures out "
            "and states %.4f. Evaluate again.",
            wrong[0].metric,
            each.metrics[wrong[0].metric],
            checkpoint(each.checkpoint, each.step),
            rows(each.data),
            wrong[0].original * scale,
            wrong[0].original,
        )
    return kept


def _main(results: Mapping[str, Any], prefixes: list[str]) -> dict[str, float]:
    """The metrics of a task and part, without those of single classes."""
    start = "".join(f"{prefix}/" for prefix in prefixes)
    names = {name.removeprefix(start): name for name in results}
    return {
        short: float(results[name])
        for short, name in names.items()
        if name.startswith(start)
        and "/" not in short
        and short not in _NO_METRICS
        and isinstance(results[name], int | float)
    }
