"""Whether an export is still as good as the model that it was made of.

Numbers only: callers bring the metric, as a function of outputs.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf.exporting import ids_function
from albert_tf.kinds import outputs as outputs_lib

# Outputs below stand for what can not be (-1e30); formats may differ there.
_IMPOSSIBLE = -1e20

Outputs = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What a format kept of a model.

    format: its name.
    metric: name of the metric.
    original, exported: its values, from 0 to 1, higher is better.
    largest_difference: between two numbers of the outputs, original and
        exported.
    """

    format: str
    metric: str
    original: float
    exported: float
    largest_difference: float

    @property
    def drop(self) -> float:
        return self.original - self.exported


def predict(
    runner: ids_function.Runner, batches: Iterable[dict[str, np.ndarray]]
) -> Outputs:
    """A format's outputs by item, as those of `predictions.make_predict`.

    Of a format with fixed lengths the batches must have these, for example

        plan = batch_plan.in_order(features.lengths, (64,), batch_size=1)

    Args:
        runner: of the format.
        batches: as of data_pipeline.tasks.input.batches, not packed; of
            NumPy arrays.
    """
    parts: list[Any] = []
    for batch in batches:
        outputs = {"item": np.asarray(batch["item"]), **runner(batch)}
        parts += outputs_lib.items(outputs)
    return outputs_lib.stacked(parts)


def compare(
    name: str,
    metric: str,
    original: Outputs,
    exported: Outputs,
    score: Callable[[Outputs], float],
) -> Result:
    """The result of a format on labelled examples.

    Args:
        name: of the format.
        metric: name of what `score` gives.
        original, exported: outputs by item, of `predict`.
        score: outputs to a metric from 0 to 1, higher is better.
    """
    return Result(
        format=name,
        metric=metric,
        original=float(score(original)),
        exported=float(score(exported)),
        largest_difference=largest_difference(original, exported),
    )


def compare_masked_lm(
    name: str,
    original: ids_function.Runner,
    exported: ids_function.Runner,
    batches: Iterable[dict[str, np.ndarray]],
) -> Result:
    """The result of a pretrainer's format: how many masks it fills in right.

    One batch at a time: the logits of all masks would not fit into memory.

    Args:
        batches: as of data_pipeline.pretraining.batching.evaluation_batches, of
            NumPy arrays.
    Raises:
        ValueError: there is no mask in them.
    """
    right, masks, difference = np.zeros(2), 0, 0.0
    for batch in batches:
        used = batch["mask_weights"] > 0
        pair = [runner(batch) for runner in (original, exported)]
        for row, outputs in enumerate(pair):
            best = outputs["mlm_logits"].argmax(-1)
            right[row] += (best == batch["mask_ids"])[used].sum()
        masks += used.sum()
        difference = np.maximum(difference, largest_difference(*pair))
    if not masks:
        raise ValueError(
            "The records for masked-LM accuracy must contain masks. Received: "
            "none."
        )
    return Result(
        format=name,
        metric="masked_lm_accuracy",
        original=float(right[0] / masks),
        exported=float(right[1] / masks),
        largest_difference=float(difference),
    )


def agreement(original: Outputs) -> Callable[[Outputs], float]:
    """A metric where there are no labels: how often the answer is the same.

    The share of best classes, positions or pieces that are the original's; of
    regression the correlation with it. Of the original itself it is 1.
    """

    def score(outputs):
        shares = []
        for name, mine in original.items():
            theirs = outputs[name]
            if name == "logits" and mine.shape[-1] == 1:
                shares.append(np.corrcoef(mine[:, 0], theirs[:, 0])[0, 1])
            elif name.endswith("logits") and mine.ndim > 1:
                shares.append((mine.argmax(-1) == theirs.argmax(-1)).mean())
            elif name == "start_positions":
                shares.append((mine[:, 0] == theirs[:, 0]).mean())
        return float(np.mean(shares))

    return score


def largest_difference(original: Outputs, exported: Outputs) -> float:
    """Of all real numbers that the original could give; NaN if one is."""
    found = [
        np.max(
            np.abs(mine - exported[name]), where=mine > _IMPOSSIBLE, initial=0
        )
        for name, mine in original.items()
        if mine.dtype.kind == "f"
    ]
    return float(np.max(found))


def check(results: Sequence[Result], max_metric_drop: float) -> None:
    """Refuses exports that lost more than is allowed.

    Args:
        max_metric_drop: of the metric, from 0 to 1.
    Raises:
        ValueError: one did; says which, and what to do.
    """
    # A metric that is not a number is no better than one that fell.
    lost = [r for r in results if not r.drop <= max_metric_drop]
    if lost:
        raise ValueError(
            f"Each exported form must lose at most {max_metric_drop:g} of its "
            "metric (--max_metric_drop). "
            f"Received:\n{table(results)}\nToo large a drop: "
            f"{', '.join(r.format for r in lost)}. Nothing was written. Leave "
            "these forms out; use another quantization, such as dynamic_int8 "
            "instead of int8; calibrate with batches that are closer to the "
            "data; or fine-tune with --quantization_aware."
        )


def table(results: Sequence[Result]) -> str:
    """The results in columns, for people."""
    rows = [("format", "metric", "original", "exported", "change", "largest")]
    rows += [
        (
            r.format,
            r.metric,
            f"{r.original:.4f}",
            f"{r.exported:.4f}",
            f"{r.exported - r.original:+.4f}",
            f"{r.largest_difference:.2g}",
        )
        for r in results
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(result) for result in results]
