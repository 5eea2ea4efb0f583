"""Draws the curve of early exits, as PNG."""

from typing import Any
from typing import BinaryIO

from albert_tf import plots


def draw(
    points: dict[str, list[dict[str, Any]]], metric: str, file: BinaryIO
) -> None:
    """Draws score against operations and against time.

    Args:
        points: the result of `measure.curve`.
        metric: name of the score.
        file: binary file to write to.
    Raises:
        ImportError: matplotlib is not installed.
    """
    plots.check_matplotlib()
    from matplotlib import figure as matplotlib_figure

    figure = matplotlib_figure.Figure(figsize=(11, 4.2), layout="constrained")
    work, clock = figure.subplots(1, 2, sharey=True)
    exits, depths = points["patience"], points["depth"]
    _line(work, exits, "flops", 1e-6, 0, "patience", "early exit, by patience")
    _line(
        work, depths, "flops", 1e-6, 1, "layer", "one depth for all, by layer"
    )
    _line(
        clock,
        exits,
        "milliseconds",
        1,
        0,
        "patience",
        "early exit, by patience",
    )
    work.set(xlabel="million operations per text", ylabel=metric)
    clock.set(xlabel="milliseconds per text, one at a time")
    for axis in (work, clock):
        axis.margins(0.08)
        axis.grid(alpha=0.3)
    work.legend(loc="lower right")
    figure.savefig(file, format="png", dpi=120)


def _line(
    axis: Any,
    points: list[dict[str, Any]],
    key: str,
    unit: float,
    color: int,
    number: str,
    label: str,
) -> None:
    xs = [point[key] * unit for point in points]
    ys = [point["score"] for point in points]
    shade = plots.color(color)
    axis.plot(xs, ys, marker="o", markersize=4, color=shade, label=label)
    for x, y, point in zip(xs, ys, points, strict=True):
        axis.annotate(
            str(point[number]),
            (x, y),
            xytext=(0, 6 if color == 0 else -13),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=shade,
        )
