"""Checks that an exported model is about as accurate as the original.

This module compares numbers only; callers pass the metric as a function of
outputs.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from albert_tf.embedding import vectors
from albert_tf.exporting import ids_function
from albert_tf.kinds import outputs as outputs_lib

# Outputs below this mark impossible answers (-1e30); formats may differ there.
_IMPOSSIBLE = -1e20

Outputs = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """Accuracy of an exported format compared with the original.

    Attributes:
        format: name of the format.
        metric: name of the metric.
        original, exported: values of the metric, from 0 to 1; higher is better.
        largest_difference: the largest absolute difference between two numbers
            in the outputs of the original and of the export.
    """

    format: str
    metric: str
    original: float
    exported: float
    largest_difference: float

    @property
    def drop(self) -> float:
        """How much of the metric was lost."""
        return self.original - self.exported


def predict(
    runner: ids_function.Runner, batches: Iterable[dict[str, np.ndarray]]
) -> Outputs:
    """A format's outputs by item, as in `predictions.make_predict`.

    If the format has a fixed length, all rows must have it, for example with

        plan = evaluation_plan.in_order(features.lengths, (64,), batch_size=1)

    Args:
        runner: runs the format.
        batches: batches of NumPy arrays as from
            data_pipeline.tasks.batches.input.batches, not packed.
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
    """Compares a format with the original on labeled examples.

    Args:
        name: name of the format.
        metric: name of the metric that `score` computes.
        original, exported: outputs by item, from `predict`.
        score: maps outputs to a metric from 0 to 1; higher is better.
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
    """Compares the masked-LM accuracy of a format with the original's.

    Batches are processed one at a time, since the logits of all masks would not
    fit into memory.

    Args:
        name: name of the format.
        original, exported: runners of both models.
        batches: batches of NumPy arrays as from
            data_pipeline.pretraining.batching.evaluation_batches.
    Raises:
        ValueError: the batches contain no mask.
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
            "none. Use other records."
        )
    return Result(
        format=name,
        metric="masked_lm_accuracy",
        original=float(right[0] / masks),
        exported=float(right[1] / masks),
        largest_difference=float(difference),
    )


def same_answers(original: Outputs) -> Callable[[Outputs], float]:
    """A metric without labels: how often the answer is the original's.

    It is the share of top classes, positions, pieces or written texts that
    equal those of the original; for regression, the correlation with the
    original; for embeddings, Spearman's correlation of the cosines of all pairs
    of rows with those of the original. The original itself scores 1.
    """

    def score(outputs):
        shares = []
        for name, mine in original.items():
            theirs = outputs[name]
            if name == "logits" and mine.shape[-1] == 1:
                shares.append(np.corrcoef(mine[:, 0], theirs[:, 0])[0, 1])
            elif name.endswith("logits") and mine.ndim > 1:
                shares.append((mine.argmax(-1) == theirs.argmax(-1)).mean())
            elif name == "sequences":
                shares.append((mine == theirs).all(axis=-1).mean())
            elif name == "start_positions":
                shares.append((mine[:, 0] == theirs[:, 0]).mean())
            elif name == "embeddings":
                pair = _cosines(mine), _cosines(theirs)
                shares.append(stats.spearmanr(*pair).statistic)
        return float(np.mean(shares))

    return score


def _cosines(embeddings: np.ndarray) -> np.ndarray:
    """The cosines of all pairs of N rows [N, D], [N (N - 1) / 2]."""
    units = vectors.unit(embeddings)
    return (units @ units.T)[np.triu_indices(len(units), 1)]


def largest_difference(original: Outputs, exported: Outputs) -> float:
    """The largest difference between float outputs; NaN if one is NaN."""
    found = [
        np.max(
            np.abs(mine - exported[name]), where=mine > _IMPOSSIBLE, initial=0
        )
        for name, mine in original.items()
        if mine.dtype.kind == "f"
    ]
    return float(np.max(found))


def check(results: Sequence[Result], max_metric_drop: float) -> None:
    """Checks that no format lost more of its metric than is allowed.

    Args:
        results: the results of all formats.
        max_metric_drop: the largest drop, from 0 to 1.
    Raises:
        ValueError: a format lost more.
    """
    # A metric that is NaN counts as one that fell.
    lost = [r for r in results if not r.drop <= max_metric_drop]
    if lost:
        raise ValueError(
            f"Each exported format must lose at most {max_metric_drop:g} of "
            "its metric (--max_metric_drop). "
            f"Received:\n{table(results)}\nToo large a drop: "
            f"{', '.join(r.format for r in lost)}. Nothing was written. Leave "
            "these formats out, use another quantization, such as "
            "dynamic_int8 instead of int8, calibrate with batches that are "
            "more like the data, or fine-tune with --quantization_aware."
        )


def table(results: Sequence[Result]) -> str:
    """Formats the results as a table in plain text."""
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
