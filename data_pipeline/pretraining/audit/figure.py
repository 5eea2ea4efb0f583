"""Draws an audit as a figure."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.io import files

# Colors of observed and promised values, from Okabe and Ito's palette.
_SEEN, _PROMISED = "#0072b2", "#d55e00"
# Number of bars over the length of a row.
_BINS = 64


def check_matplotlib() -> None:
    """Raises ImportError, with the remedy, if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ImportError(
            "matplotlib must be installed to draw an audit. Install it with: "
            "pip install 'albert_tf[demo]', or leave --output_dir out."
        ) from None


def draw(
    counts: Mapping[str, Any],
    masks: Mapping[str, Any],
    promised_shares: Sequence[float] | None,
    labels: Sequence[tuple[str, float]],
    title: str,
    path: str,
) -> None:
    """Draws lengths, n-grams, labels and the mask rate by position as a PNG.

    Args:
        counts, masks: from `statistics`.
        promised_shares: shares of n-grams of 1, 2, ... words; None if runs of
            masked words were counted, for which nothing is promised.
        labels: the possible labels of rows, and their shares of all rows.
        title: title of the figure.
        path: path of the PNG.
    Raises:
        ImportError: matplotlib is not installed.
    """
    check_matplotlib()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(13, 8))
    _draw_lengths(axes[0, 0], counts)
    _draw_ngrams(axes[0, 1], masks, promised_shares)
    _draw_positions(axes[1, 0], masks)
    _draw_labels(axes[1, 1], labels)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_axisbelow(True)
    figure.suptitle(title, fontsize=14)
    figure.tight_layout()
    with files.whole(path) as file:
        figure.savefig(file, dpi=120, format="png")
    pyplot.close(figure)


def _draw_lengths(axis: Any, counts: Mapping[str, Any]) -> None:
    lengths = np.array(counts["lengths"])
    size = len(lengths) - 1
    edges = np.unique(np.linspace(0, size + 1, _BINS + 1).astype(int))
    heights = np.add.reduceat(lengths, edges[:-1])
    axis.bar(
        edges[:-1],
        heights / max(lengths.sum(), 1) * 100,
        width=np.diff(edges) * 0.9,
        align="edge",
        color=_SEEN,
    )
    axis.set(
        title=f"Length of rows: {counts['padding']:.0%} padding",
        xlabel="tokens",
        ylabel="% of rows",
        xlim=(0, size + 1),
    )
    axis.grid(axis="y", alpha=0.3)


def _draw_ngrams(
    axis: Any, masks: Mapping[str, Any], promised: Sequence[float] | None
) -> None:
    words = np.arange(1, len(masks["ngram_shares"]) + 1)
    seen = masks["ngram_shares"]
    names = [str(n) for n in words]
    if promised is None:
        what, names[-1] = "Runs of masked words", f"{words[-1]} or more"
        series: list[tuple[float, Sequence[float], str, str]] = [
            (0.0, seen, "seen", _SEEN)
        ]
    else:
        what = "Masked n-grams"
        series = [
            (-0.2, promised, "promised", _PROMISED),
            (0.2, seen, "seen", _SEEN),
        ]
    for shift, shares, name, color in series:
        bars = axis.bar(
            words + shift,
            np.array(shares) * 100,
            width=0.38,
            label=name,
            color=color,
        )
        axis.bar_label(bars, fmt="%.0f%%", padding=2)
    axis.set(
        title=f"{what}: {masks['ngrams']:,} in {masks['rows']:,} rows",
        xlabel="words",
        ylabel="% of them",
        xticks=words,
        xticklabels=names,
    )
    axis.margins(y=0.12)
    axis.legend(frameon=False)


def _draw_positions(axis: Any, masks: Mapping[str, Any]) -> None:
    rates = np.array(
        [np.nan if r is None else r for r in masks["rate_by_position"]]
    )
    edges = np.unique(np.linspace(0, len(rates), _BINS + 1).astype(int))
    means = [
        np.nanmean(rates[a:b]) if np.isfinite(rates[a:b]).any() else np.nan
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    axis.bar(
        edges[:-1],
        np.array(means) * 100,
        width=np.diff(edges) * 0.9,
        align="edge",
        color=_SEEN,
    )
    axis.axhline(
        masks["mask_budget"] * 100,
        color=_PROMISED,
        linestyle="--",
        label=f"promised on average: {masks['mask_budget']:.1%}",
    )
    axis.set(
        title=f"Mask rate by position: {masks['mask_rate']:.1%} on average",
        xlabel="position in the row ([CLS] and [SEP] are never masked)",
        ylabel="% of tokens masked",
        xlim=(0, len(rates)),
    )
    axis.margins(y=0.25)
    axis.grid(axis="y", alpha=0.3)
    axis.legend(frameon=False)


def _draw_labels(axis: Any, labels: Sequence[tuple[str, float]]) -> None:
    names = [name.replace(" or ", " or\n") for name, _ in labels]
    shares = np.array([share for _, share in labels]) * 100
    bars = axis.barh(names[::-1], shares[::-1], height=0.6, color=_SEEN)
    axis.bar_label(bars, fmt="%.1f%%", padding=3)
    axis.set(title="Labels", xlabel="% of rows")
    axis.margins(x=0.12)
