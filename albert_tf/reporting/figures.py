"""Draws the curves of runs with matplotlib."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from albert_tf import plots
from albert_tf.reporting import curves as curves_lib
from albert_tf.reporting.parts import svg as svg_lib

# Maximum number of lines in a panel that a reader can tell apart.
MAX_LINES = 8
# Maximum number of dots on a held-out curve.
_MAX_DOTS = 30
# Panels with more events than this have no labels.
_MAX_LABELS = 12


@dataclasses.dataclass(frozen=True)
class Line:
    """A curve in a panel.

    Attributes:
        curve: its points.
        kind: "train", "eval", or "spread" for the median of many curves.
        number: number of its color.
        low, high: float64 [points], minimum and maximum of a spread.
    """

    curve: curves_lib.Curve
    kind: str
    number: int
    low: np.ndarray | None = None
    high: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Mark:
    """A vertical line for an event.

    Attributes:
        step: the step of the event.
        label: text beside the line.
        number: number of its color.
    """

    step: int
    label: str
    number: int


@dataclasses.dataclass(frozen=True)
class Best:
    """A ring around the point of the best checkpoint.

    Attributes:
        step, value: the point.
        number: number of its color.
    """

    step: int
    value: float
    number: int


def draw(
    axis: Any,
    lines: list[Line],
    *,
    baselines: Iterable[float] = (),
    marks: Iterable[Mark] = (),
    bests: Iterable[Best] = (),
    log: bool = False,
) -> None:
    """Draws a panel.

    Args:
        axis: axes of matplotlib.
        lines: the curves. Later lines are narrower, so that equal ones both
            show.
        baselines: heights of dashed lines.
        marks: events.
        bests: best checkpoints.
        log: whether the vertical axis is logarithmic.
    """
    for height in baselines:
        axis.axhline(
            height, color=svg_lib.GRAY, linestyle=(0, (5, 3)), linewidth=1
        )
    if log:
        axis.set_yscale("log")
    last = max(line.number for line in lines)
    has_eval = any(line.kind == "eval" for line in lines)
    for line in lines:
        width = min(1.5 + 0.9 * (last - line.number), 3.3)
        # Training curves are pale behind held-out ones.
        pale = line.kind == "train" and has_eval
        _draw_line(axis, line, width, 0.55 if pale else 1.0)
    for best in bests:
        axis.plot(
            [best.step],
            [best.value],
            linestyle="none",
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgewidth=1.6,
            color=plots.color(best.number),
        )
    _draw_marks(axis, list(marks))
    axis.xaxis.set_major_locator(_locator(5))
    axis.xaxis.set_major_formatter(_whole)
    if log:
        axis.yaxis.set_major_formatter(_plain)
        axis.yaxis.set_minor_formatter(_between if _is_narrow(axis) else "")
    elif axis.get_ylim()[1] >= 10_000:
        axis.yaxis.set_major_formatter(_whole)
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(svg_lib.GRAY)
    axis.tick_params(
        which="both", colors=svg_lib.TICKS, labelsize=8.5, length=3
    )
    axis.set_xlabel("step", fontsize=8.5, color=svg_lib.TICKS)
    axis.set_axisbelow(True)


def svg(lines: list[Line], name: str, **options: Any) -> str:
    """Draws a panel as an <svg> element.

    Args:
        lines: the curves.
        name: a name that is unique in the page.
        **options: as in `draw`.
    """
    figure = svg_lib.make_figure()
    draw(figure.subplots(), lines, **options)
    return svg_lib.element(figure, name)


def _draw_line(axis: Any, line: Line, width: float, alpha: float) -> None:
    shade = plots.color(line.number)
    points = line.curve
    if line.kind == "spread":
        axis.fill_between(
            points.steps,
            line.low,
            line.high,
            color=shade,
            alpha=0.15,
            linewidth=0,
        )
    elif line.kind == "eval":
        points = curves_lib.thin(points)
        axis.plot(
            points.steps,
            points.values,
            color=shade,
            linewidth=width,
            marker="o",
            markersize=2.5 + width,
            markeredgewidth=0,
            markevery=-(-len(points.steps) // _MAX_DOTS),
        )
        return
    elif len(points.steps) >= curves_lib.SMOOTH_FROM:
        thinned = curves_lib.thin(points)
        axis.plot(
            thinned.steps,
            thinned.values,
            color=shade,
            linewidth=0.5,
            alpha=0.2,
            zorder=1,  # behind the means of all runs
        )
        points = curves_lib.smooth(points)
    axis.plot(
        points.steps, points.values, color=shade, linewidth=width, alpha=alpha
    )


def _draw_marks(axis: Any, marks: list[Mark]) -> None:
    left, right = axis.get_xlim()
    last = -np.inf
    for mark in sorted(marks, key=lambda mark: mark.step):
        shade = plots.color(mark.number)
        axis.axvline(mark.step, color=shade, linestyle=":", linewidth=1.1)
        # A label takes about 3% of the width. The table lists all events.
        apart = mark.step - last > 0.03 * (right - left)
        if apart and len(marks) <= _MAX_LABELS:
            last = mark.step
            axis.annotate(
                svg_lib.drawable(mark.label),
                (mark.step, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(-2, -3),
                textcoords="offset points",
                rotation=90,
                ha="right",
                va="top",
                fontsize=7.5,
                color=shade,
                parse_math=False,
                bbox={
                    "facecolor": svg_lib.PAPER,
                    "alpha": 0.75,
                    "linewidth": 0,
                    "pad": 1,
                },
            )


def _is_narrow(axis: Any) -> bool:
    """Whether an axis shows at most one power of ten."""
    low, high = axis.get_ylim()
    return np.floor(np.log10(high)) - np.ceil(np.log10(low)) < 1


def _plain(value: float, _: Any) -> str:
    return f"{value:,g}"


def _between(value: float, _: Any) -> str:
    """Labels only 2 and 5 between two powers of ten, for lack of room."""
    leads = round(value / 10 ** np.floor(np.log10(value)))
    return _plain(value, _) if leads in (2, 5) else ""


def _whole(value: float, _: Any) -> str:
    return f"{value:,.0f}"


def _locator(ticks: int) -> Any:
    from matplotlib import ticker

    return ticker.MaxNLocator(ticks, integer=True)
