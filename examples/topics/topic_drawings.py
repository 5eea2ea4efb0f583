"""Curves of topics over time, a sparkline, and a map."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import topic_trends

from albert_tf import plots
from albert_tf.reporting.parts import svg

# Numbers of colors: green, orange-red and gray.
COLORS = {
    topic_trends.RISING: 2,
    topic_trends.FALLING: 1,
    topic_trends.NO_TREND: 6,
}
_WIDTH, _HEIGHT = 300, 44
# Parts of the map by which labels must be apart, across and down.
_APART = (0.2, 0.06)


def curves(
    trends: topic_trends.Trends,
    kinds: Sequence[str],
    topics: Sequence[int],
    titles: Sequence[str],
) -> Any:
    """A figure of matplotlib with a small panel for each of some topics.

    Args:
        trends: the counts of all topics.
        kinds: of all topics.
        topics: numbers of those that are drawn.
        titles: their names.
    """
    columns = min(4, len(topics))
    rows = -(-len(topics) // columns)
    figure = svg.make_figure((3.1 * columns, 1.75 * rows))
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for panel, topic, title in zip(panels, topics, titles, strict=False):
        draw(panel, trends, topic, kinds[topic])
        panel.set_title(
            svg.drawable(title), fontsize=9, loc="left", parse_math=False
        )
    for panel in panels[len(topics) :]:
        panel.set_visible(False)
    return figure


def curve(trends: topic_trends.Trends, topic: int, kind: str) -> Any:
    """A figure with the curve of one topic."""
    figure = svg.make_figure((4.2, 1.7))
    draw(figure.subplots(), trends, topic, kind)
    return figure


def draw(
    panel: Any, trends: topic_trends.Trends, topic: int, kind: str
) -> None:
    """Draws the share of a topic, in percent, into axes of matplotlib."""
    from matplotlib import dates
    from matplotlib import ticker

    shade = plots.color(COLORS[kind])
    share = 100 * trends.shares[topic]
    panel.fill_between(
        trends.starts, share, color=shade, alpha=0.15, linewidth=0
    )
    panel.plot(trends.starts, share, color=shade, linewidth=1.5)
    panel.set_ylim(0, max(share.max() * 1.1, 1e-6))
    panel.yaxis.set_major_formatter("{x:g}%")
    panel.yaxis.set_major_locator(ticker.MaxNLocator(3))
    place = dates.AutoDateLocator(minticks=2, maxticks=5)
    panel.xaxis.set_major_locator(place)
    panel.xaxis.set_major_formatter(dates.ConciseDateFormatter(place))
    panel.xaxis.get_offset_text().set_visible(False)
    panel.grid(alpha=0.25, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(svg.GRAY)
    panel.tick_params(colors=svg.TICKS, labelsize=8.5, length=3)


def sparkline(values: np.ndarray, color: int, description: str) -> str:
    """A curve as wide as its place, without axes.

    Args:
        values: float [T], from 0.
        color: number of its color.
        description: plain text that is shown when pointed at.
    """
    across = np.linspace(0, _WIDTH, len(values)) if len(values) > 1 else [0]
    height = _HEIGHT * (1 - values / max(values.max(), 1e-12))
    points = " ".join(
        f"{x:.1f},{y:.1f}" for x, y in zip(across, height, strict=True)
    )
    shade = svg.variable(color)
    return (
        f'<svg class="spark" viewBox="0 -2 {_WIDTH} {_HEIGHT + 4}" role="img" '
        f'preserveAspectRatio="none"><title>{html.escape(description)}</title>'
        f'<polygon points="0,{_HEIGHT} {points} {_WIDTH},{_HEIGHT}" '
        f'style="fill:{shade};opacity:.15"/><polyline points="{points}" '
        f'style="fill:none;stroke:{shade};stroke-width:1.5" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )


def plane(
    places: np.ndarray, clusters: np.ndarray, titles: Sequence[str]
) -> Any:
    """A map: a point for each item, and names, of larger topics first.

    Args:
        places: float [M, 2].
        clusters: int [M].
        titles: of all topics.
    """
    figure = svg.make_figure((8, 5.4))
    axis = figure.subplots()
    axis.axis("off")
    for color in range(len(plots.COLORS)):
        own = clusters % len(plots.COLORS) == color
        axis.scatter(
            *places[own].T,
            s=7,
            color=plots.color(color),
            alpha=0.6,
            linewidths=0,
        )
    spans = np.ptp(places, axis=0)
    labels: list[np.ndarray] = []
    for topic in range(len(titles)):
        if not (clusters == topic).any():
            continue
        place = np.median(places[clusters == topic], axis=0)
        apart = [np.abs(place - other) / spans for other in labels]
        if all(x > _APART[0] or y > _APART[1] for x, y in apart):
            labels.append(place)
            axis.annotate(
                svg.drawable(titles[topic]),
                place,
                ha="center",
                va="center",
                fontsize=8,
                parse_math=False,
                bbox={
                    "facecolor": svg.PAPER,
                    "alpha": 0.8,
                    "linewidth": 0,
                    "pad": 1,
                },
            )
    return figure
