"""The curves of runs as SVG, to be part of a page."""

import dataclasses
import io
import re
from collections.abc import Iterable

import numpy as np

from albert_tf.training import report_runs

# Okabe and Ito's colours, told apart by the colour-blind too, but for yellow,
# which is too light for a line on white.
COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#4d4d4d",
)
_GRAY = "#8a8a8a"

# A panel is some 700 pixels wide: more points would only make the page slow.
MAX_POINTS = 2000
# From so many points on, noise is drawn pale and its mean over windows on top.
_SMOOTH_FROM = 300
_WINDOWS = 150
# Lines of one panel that a reader can still tell apart.
MAX_LINES = 8
# Dots on a held-out curve, which tell it from a training curve.
_MAX_DOTS = 30
# Labels of events in one panel.
_MAX_LABELS = 12


@dataclasses.dataclass(frozen=True)
class Line:
    """One curve of a panel.

    curve: its points.
    kind: "train", "eval", or "spread" for the middle of many curves.
    number: of its colour.
    low, high: float [points], around a spread.
    """

    curve: report_runs.Curve
    kind: str
    number: int
    low: np.ndarray | None = None
    high: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Mark:
    """A vertical line where something happened; number: of its colour."""

    step: int
    label: str
    number: int


def colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def check_matplotlib() -> None:
    """Raises ImportError, with the remedy, where matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ImportError(
            "Drawing curves takes matplotlib. Install it with: pip install "
            "'albert_tf[demo]'"
        ) from None


def thin(curve: report_runs.Curve) -> report_runs.Curve:
    """At most MAX_POINTS points: the lowest and highest of each window.

    Spikes survive, which a mean, or every n-th point, would hide.
    """
    if len(curve.steps) <= MAX_POINTS:
        return curve
    keep = set()
    for window in np.array_split(np.arange(len(curve.steps)), MAX_POINTS // 2):
        values = curve.values[window]
        is_gap = np.isnan(values)
        keep.add(window[np.where(is_gap, np.inf, values).argmin()])
        keep.add(window[np.where(is_gap, -np.inf, values).argmax()])
    kept = np.array(sorted(keep))
    return report_runs.Curve(curve.steps[kept], curve.values[kept])


def smooth(curve: report_runs.Curve) -> report_runs.Curve:
    """The means of _WINDOWS windows, each at the mean of its steps."""
    steps, values = [], []
    for window in np.array_split(np.arange(len(curve.steps)), _WINDOWS):
        finite = window[~np.isnan(curve.values[window])]
        if len(finite):
            steps.append(curve.steps[finite].mean())
            values.append(curve.values[finite].mean())
    return report_runs.Curve(np.array(steps), np.array(values))


def spread(curves: Iterable[report_runs.Curve], number: int) -> Line:
    """Minimum, median and maximum of many curves over the steps."""
    curves = list(curves)
    steps = np.concatenate([curve.steps for curve in curves])
    values = np.concatenate([curve.values for curve in curves])
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    starts = np.unique(steps, return_index=True)[1]
    if len(starts) > 2 * _WINDOWS:
        starts = starts[:: -(-len(starts) // (2 * _WINDOWS))]
    rows = []
    for window in np.split(np.arange(len(steps)), starts[1:]):
        finite = values[window][~np.isnan(values[window])]
        if len(finite):
            low, middle, high = np.quantile(finite, [0, 0.5, 1])
            rows.append((steps[window].mean(), low, middle, high))
    step, low, middle, high = np.array(rows).reshape(-1, 4).T
    return Line(report_runs.Curve(step, middle), "spread", number, low, high)


def draw(
    axis,
    lines: list[Line],
    *,
    baselines: Iterable[float] = (),
    marks: Iterable[Mark] = (),
    log: bool = False,
) -> None:
    """Draws a panel.

    Args:
        axis: of matplotlib.
        lines: the curves. Where two are equal, both still show: the later
            one is the narrower one.
        baselines: heights of dashed lines.
        marks: of events.
        log: whether the values' axis is logarithmic.
    """
    for height in baselines:
        axis.axhline(height, color=_GRAY, linestyle=(0, (5, 3)), linewidth=1)
    if log:
        axis.set_yscale("log")
    for line in lines:
        _draw_line(axis, line)
    _draw_marks(axis, list(marks))
    axis.xaxis.set_major_locator(_locator(5))
    axis.xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}")
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(_GRAY)
    axis.tick_params(colors="#555555", labelsize=8.5, length=3)
    axis.set_axisbelow(True)


def svg(lines: list[Line], name: str, **options) -> str:
    """A panel as an <svg> element that no other in its page gets mixed up with.

    Args:
        lines, options: as `draw`.
        name: of the panel, its own in the page.
    Raises:
        ImportError: matplotlib is not installed.
    """
    check_matplotlib()
    import matplotlib
    from matplotlib import figure as figures

    figure = figures.Figure(figsize=(5.9, 2.9), layout="constrained")
    draw(figure.subplots(), lines, **options)
    text = io.StringIO()
    # The salt decides the ids that a panel refers to its own parts by.
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": name, "path.simplify": True}
    ):
        figure.savefig(
            text,
            format="svg",
            transparent=True,
            metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
        )
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    # Sized by the page; ids of groups, equal in all panels, are of no use.
    drawing = re.sub(r' (?:width|height)="[^"]*pt"', "", drawing, count=2)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    return drawing.replace("<svg ", '<svg role="img" ', 1)


def _draw_line(axis, line: Line) -> None:
    shade = colour(line.number)
    width = max(1.1, 2.3 - 0.4 * line.number)
    points = line.curve
    if line.kind == "spread":
        axis.fill_between(
            points.steps, line.low, line.high, color=shade, alpha=0.15, lw=0
        )
    elif line.kind == "eval":
        points = thin(points)
        axis.plot(
            points.steps,
            points.values,
            color=shade,
            lw=width,
            marker="o",
            markersize=3.4 + 0.8 * width,
            markeredgewidth=0,
            markevery=-(-len(points.steps) // _MAX_DOTS),
        )
        return
    elif len(points.steps) >= _SMOOTH_FROM:
        thinned = thin(points)
        axis.plot(
            thinned.steps, thinned.values, color=shade, lw=0.5, alpha=0.22
        )
        points = smooth(points)
    axis.plot(points.steps, points.values, color=shade, lw=width, alpha=0.9)


def _draw_marks(axis, marks: list[Mark]) -> None:
    left, right = axis.get_xlim()
    last = -np.inf
    for mark in sorted(marks, key=lambda mark: mark.step):
        shade = colour(mark.number)
        axis.axvline(mark.step, color=shade, linestyle=":", linewidth=1.1)
        # A label is some 3% of the panel wide; the table has them all.
        apart = mark.step - last > 0.03 * (right - left)
        if apart and len(marks) <= _MAX_LABELS:
            last = mark.step
            axis.annotate(
                mark.label,
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
            )


def _locator(ticks: int):
    from matplotlib import ticker

    return ticker.MaxNLocator(ticks, integer=True)
