"""Draws the score against the size of pruned models, as PNG."""

from typing import Any
from typing import BinaryIO

from albert_tf import plots


def draw(points: list[dict[str, Any]], metric: str, file: BinaryIO) -> None:
    """Draws score against parameters and against operations.

    Args:
        points: one dict for each model, with heads, width, parameters, flops,
            score, and tuned_score (or None).
        metric: name of the score.
        file: binary file to write to.
    Raises:
        ImportError: matplotlib is not installed.
    """
    plots.check_matplotlib()
    from matplotlib import figure as matplotlib_figure

    figure = matplotlib_figure.Figure(figsize=(11, 4.2), layout="constrained")
    size, work = figure.subplots(1, 2, sharey=True)
    for axis, key, label in (
        (size, "parameters", "million parameters"),
        (work, "flops", "million operations per text"),
    ):
        _line(axis, points, key, "score", 0, "pruned")
        tuned = [p for p in points if p["tuned_score"] is not None]
        if tuned:
            _line(axis, tuned, key, "tuned_score", 1, "and fine-tuned")
        axis.set(xlabel=label)
        axis.grid(alpha=0.3)
        axis.margins(x=0.26, y=0.12)  # space for the labels
    size.set(ylabel=metric)
    size.legend(loc="lower right")
    figure.savefig(file, format="png", dpi=120)


def _line(
    axis: Any,
    points: list[dict[str, Any]],
    key: str,
    score: str,
    number: int,
    label: str,
) -> None:
    xs = [point[key] / 1e6 for point in points]
    ys = [point[score] for point in points]
    shade = plots.color(number)
    axis.plot(xs, ys, marker="o", markersize=4, color=shade, label=label)
    if number:  # each size is labeled once
        return
    for x, y, point in zip(xs, ys, points, strict=True):
        axis.annotate(
            f"{point['heads']} heads, {point['width']}",
            (x, y),
            xytext=(5, -12),
            textcoords="offset points",
            fontsize=8,
            color=shade,
        )
