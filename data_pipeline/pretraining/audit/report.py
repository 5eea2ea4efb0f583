"""Renders an audit as text."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import comparison
from data_pipeline.pretraining.audit import show

_BARS, _BAR_WIDTH = 8, 40


def summary(counts: Mapping[str, Any], masks: Mapping[str, Any]) -> str:
    """Totals, for which there may be no promise."""
    lengths = np.array(counts["lengths"])
    size = len(lengths) - 1
    documents = counts["documents"]
    rows = [
        ("records", f"{counts['records']:,}"),
        ("documents", f"{documents:,}" if documents else "not marked"),
        ("tokens in an epoch", f"{counts['tokens']:,}"),
        ("tokens in a row", f"{counts['tokens'] / counts['records']:.1f}"),
        (f"padding in rows of {size}", f"{counts['padding']:.1%}"),
        ("masked tokens in a row", _per_row(masks)),
    ]
    lines = [f"{what:<34}{value:>14}" for what, value in rows]
    return "\n".join([*lines, "", *_histogram(lengths)])


def table(comparisons: Sequence[comparison.Comparison], sample: int) -> str:
    """A table of promised and observed values; ! marks those that differ.

    Args:
        comparisons: from `promises.compare`.
        sample: number of rows whose masks were examined.
    """
    lines = [f"{'':<36}{'promised':>16}{'seen':>12}"]
    lines += [
        f"{f.what:<36}{f.promised:>16}{f.seen:>12}{' !' if f.advice else ''}"
        for f in comparisons
    ]
    lines.append(f"masks and labels: in {sample:,} rows")
    return "\n".join(lines)


def cap(masks: Mapping[str, Any], spec: mask_spec.MaskSpec) -> str | None:
    """A note if max_predictions limits the mask rate, otherwise None."""
    capped = masks["masked_per_row"][spec.max_predictions] / max(
        masks["rows"], 1
    )
    if masks["mask_budget"] > 0.9 * spec.masked_lm_prob or capped < 0.5:
        return None
    return (
        f"{spec.masked_lm_prob:.0%} of the tokens would be masked, but "
        f"--max_predictions_per_seq limits that to {spec.max_predictions} per "
        "row."
    )


def labels(
    counts: Mapping[str, Any], masks: Mapping[str, Any], sentence_task: str
) -> list[tuple[str, float]]:
    """The possible labels of a row, and their shares of all rows."""
    in_order, other = np.array(masks["orders"]) / max(sum(masks["orders"]), 1)
    asked = 1 - counts["no_question"]
    names = show.LABELS[sentence_task]
    return [
        (names[0], float(in_order * asked)),
        (names[1], float(other * asked)),
        ("no question", counts["no_question"]),
    ]


def _per_row(masks: Mapping[str, Any]) -> str:
    rows = np.array(masks["masked_per_row"])
    used = np.flatnonzero(rows)
    mean = rows @ np.arange(len(rows)) / max(rows.sum(), 1)
    return f"{mean:.1f} ({used[0]} to {used[-1]})"


def _histogram(lengths: np.ndarray) -> list[str]:
    size = len(lengths) - 1
    edges = np.unique(np.linspace(0, size, _BARS + 1).astype(int))
    lines = ["tokens in a row    share of the rows"]
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        share = lengths[low + 1 : high + 1].sum() / max(lengths.sum(), 1)
        bar = "█" * round(share * _BAR_WIDTH)
        line = f"{low + 1:>5} to {high:>5}  {share:>7.1%}  {bar}"
        lines.append(line.rstrip())
    return lines
