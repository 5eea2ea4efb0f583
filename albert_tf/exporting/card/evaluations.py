"""Selects the evaluations for a model card: those of its own weights."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import logging

from albert_tf.exporting import gate
from albert_tf.exporting.card import text as card_text

# Hexadecimal digits of hashes that are compared and shown.
_DIGITS, _SHOWN = 16, 8
# Largest difference that rounding may cause between two values of a metric from
# 0 to 1 on the same rows.
_TOLERANCE = 0.002
# Recorded values that are not metrics, or that repeat one.
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

    Attributes:
        checkpoint, step: the checkpoint and its step, if known.
        data: file, part, sha256 and rows.
        metrics: names -> values, without those of single classes.
        max_seq_length: maximum length of rows, in tokens; None if unknown.
    """

    checkpoint: str
    step: int | None
    data: Mapping[str, Any]
    metrics: Mapping[str, float]
    max_seq_length: int | None = None

    def is_of_any(self, hashes: Iterable[str]) -> bool:
        """Whether the data has one of these SHA-256 hashes."""
        return any(each.startswith(self.data["sha256"]) for each in hashes)

    def described(self, trained_on: Iterable[str] = ()) -> str:
        """One line that says which checkpoint was evaluated on which data.

        Args:
            trained_on: SHA-256 hashes of training data.
        """
        name = checkpoint(self.checkpoint, self.step)
        text = f"{name} on {rows(self.data)}"
        if self.is_of_any(trained_on):
            text += ", which it was trained on"
        if self.max_seq_length:
            text += f", with at most {self.max_seq_length} tokens"
        return text


def checkpoint(name: str, step: int | None) -> str:
    """Names a checkpoint and its step."""
    step_text = "" if step is None else f" (step {step:,})"
    return f"{card_text.shortened(name)}{step_text}"


def rows(data: Mapping[str, Any]) -> str:
    """Says which rows of which file were used."""
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
        recorded: evaluations from `evaluations.read`.
        weights: hash of the weights, from `fingerprints.of_weights`.
        name: name of the checkpoint in its run. It is compared instead of the
            hash if several tasks were evaluated at once, since the hash then
            covers the weights of all of them.
        task: name of the task.
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
    """Keeps evaluations that the gate does not contradict on the same rows.

    A warning names the others.

    Args:
        found: the evaluations.
        results: results of the gate.
        data: the gate's data: sha256, rows that were used and `of`, the number
            of rows; or None.
        scale: largest value of recorded metrics, where the gate's is 1.
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
            "A recorded evaluation must agree with the exported weights. "
            "Received: %s %.4f, recorded for %s on %s, where the exported "
            "weights have %.4f. The model card leaves the recorded figures out "
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
    """The metrics of one task and part, without those of single classes."""
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
