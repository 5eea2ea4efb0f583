"""Draws evaluations: confusion matrices, and predicted numbers over labels."""

from collections.abc import Sequence

import numpy as np

from albert_tf import plots
from albert_tf.reporting.parts import svg

# Up to this many classes, cells have room for their counts.
_MAX_COUNTED = 12
# Characters of a class's name.
_LONGEST_NAME = 18
# Opacity of the darkest cell, on which a count can be read both on light pages
# and on dark ones.
_DARKEST = 0.6


def confusion(names: list[str], counts: list[list[int]], key: str) -> str:
    """Draws a confusion matrix as SVG.

    Rows are true classes, columns predicted ones. The color shows the share of
    the true class.

    Args:
        names: the classes, C of them.
        counts: C lists of C counts.
        key: a name that is unique in the page.
    """
    table = np.array(counts, float)
    totals = table.sum(axis=1, keepdims=True)
    shares = table / np.maximum(totals, 1)
    size = min(3.0 + 0.28 * len(names), 9.0)
    figure = svg.make_figure((max(size, 5.0), size))
    axis = figure.subplots()
    axis.set_xlim(-0.5, len(names) - 0.5)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_aspect("equal")
    for row, column in np.ndindex(table.shape):
        if table[row, column]:
            axis.add_patch(_square(row, column, _DARKEST * shares[row, column]))
        if len(names) <= _MAX_COUNTED:
            axis.text(
                column,
                row,
                f"{table[row, column]:,.0f}",
                ha="center",
                va="center",
                fontsize=9,
            )
    ticks = range(len(names))
    labels = [_short(name) for name in names]
    axis.set_xticks(
        ticks,
        labels,
        rotation=90 if len(names) > 4 else 0,
        parse_math=False,
    )
    axis.set_yticks(ticks, labels, parse_math=False)
    axis.set_xlabel("predicted", fontsize=9, color=svg.TICKS)
    axis.set_ylabel("label", fontsize=9, color=svg.TICKS)
    axis.tick_params(colors=svg.TICKS, labelsize=8.5, length=0)
    axis.spines[:].set_color(svg.GRAY)
    axis.spines[:].set_linewidth(0.6)
    return svg.element(figure, key)


def _square(row, column, alpha):
    from matplotlib import patches

    return patches.Rectangle(
        (column - 0.5, row - 0.5),
        1,
        1,
        facecolor=plots.color(0),
        alpha=alpha,
        linewidth=0,
    )


def numbers(points: list[tuple[float, float]], key: str) -> str:
    """Draws predictions over labels as SVG, with the line of equality.

    Args:
        points: pairs of label and prediction.
        key: a name that is unique in the page.
    """
    label, prediction = np.array(points, float).T
    ends = [
        min(label.min(), prediction.min()),
        max(label.max(), prediction.max()),
    ]
    figure = svg.make_figure((5.0, 4.2))
    axis = figure.subplots()
    axis.plot(ends, ends, color=svg.GRAY, linestyle=(0, (5, 3)), linewidth=1)
    axis.plot(
        label,
        prediction,
        linestyle="none",
        marker="o",
        markersize=3,
        markeredgewidth=0,
        alpha=0.45,
        color=plots.color(0),
    )
    axis.set_xlabel("label", fontsize=9, color=svg.TICKS)
    axis.set_ylabel("prediction", fontsize=9, color=svg.TICKS)
    _plain(axis)
    return svg.element(figure, key)


def reliability(
    bins: list[dict[str, float]],
    key: str,
    before: Sequence[dict[str, float]] = (),
) -> str:
    """Draws accuracy over confidence as SVG, with the line of equality.

    Args:
        bins: each with confidence, accuracy and rows.
        key: a name that is unique in the page.
        before: the bins without the model's calibration, drawn in gray.
    """
    figure = svg.make_figure((5.0, 4.2))
    axis = figure.subplots()
    axis.plot(
        [0, 1], [0, 1], color=svg.GRAY, linestyle=(0, (5, 3)), linewidth=1
    )
    for own, color in ((before, svg.GRAY), (bins, plots.color(0))):
        if not own:
            continue
        rows = np.array([one["rows"] for one in own], float)
        confidence, accuracy = (
            [one[name] for one in own] for name in ("confidence", "accuracy")
        )
        axis.plot(confidence, accuracy, color=color, linewidth=1)
        axis.scatter(
            confidence,
            accuracy,
            s=12 + 110 * rows / rows.max(),
            color=color,
            alpha=0.7,
            linewidths=0,
        )
    axis.set_xlim(-0.03, 1.03)
    axis.set_ylim(-0.03, 1.03)
    axis.set_xlabel("probability", fontsize=9, color=svg.TICKS)
    axis.set_ylabel("share that is right", fontsize=9, color=svg.TICKS)
    _plain(axis)
    return svg.element(figure, key)


def _plain(axis):
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(svg.GRAY)
    axis.tick_params(colors=svg.TICKS, labelsize=8.5, length=3)


def _short(name: str) -> str:
    name = svg.drawable(name)
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME - 1] + "…"
