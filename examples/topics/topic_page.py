"""The topics as one HTML page without scripts or links."""

import html
from collections.abc import Sequence

import findings
import numpy as np
import topic_drawings
import topic_trends

from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import svg

_ARROWS = {
    topic_trends.RISING: "▲",
    topic_trends.FALLING: "▼",
    topic_trends.NO_TREND: "–",
}
_CSS = """<style>
.topics { grid-template-columns:
  repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
.topics figure { display: flex; flex-direction: column; gap: 6px;
  padding: 14px 16px; }
.topics h4 { font-size: 15.5px; overflow-wrap: anywhere; }
.topics h4 small { font-weight: 400; color: var(--small); }
.map { max-width: 920px; margin: 0 auto; }
figure svg.spark { height: 44px; }
.ends { display: flex; justify-content: space-between; font-size: 12px;
  color: var(--small); margin-top: -4px; }
.topics ul, ul.noise { margin: 0; padding: 0; list-style: none;
  font-size: 13.5px; line-height: 1.4; }
.topics li, ul.noise li { padding: 4px 0; border-top: 1px solid var(--row);
  overflow-wrap: anywhere; }
li time { color: var(--small); font-size: 12px; margin-right: 6px;
  white-space: nowrap; }
ul.noise { padding: 6px 16px; }
.change { font-size: 13px; color: var(--soft); }
@media (max-width: 600px) {
  .map svg text { font-size: 13px !important; }
}
</style>"""


def page(found: findings.Topics) -> str:
    """The page.

    Args:
        found: everything that it shows.
    """
    parts = [_CSS, markup.note(_summary(found)), _tiles(found)]
    if len(found.names):
        parts += [_changes(found), _map(found), _all(found)]
    parts.append(_noise(found))
    return markup.document(f"Topics of {found.source}", parts)


def _summary(found: findings.Topics) -> str:
    return (
        f"{found.total:,} texts from {found.first} to {found.last}, embedded "
        f"by {found.model}. Shares are of all texts of a {found.trends.unit}."
    )


def _tiles(found: findings.Topics) -> str:
    kinds = [change.kind for change in found.changes]
    share = 1 - found.trends.counts.sum() / found.total
    tiles = [
        markup.tile("topics", f"{len(found.names):,}", "dense groups of texts"),
        markup.tile("in no topic", f"{share:.0%}", "noise: few texts alike"),
        *(
            markup.tile(
                kind, f"{kinds.count(kind):,}", "second half against first"
            )
            for kind in (topic_trends.RISING, topic_trends.FALLING)
        ),
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _changes(found: findings.Topics) -> str:
    panels = []
    for topic in found.most_changed():
        kind = found.changes[topic].kind
        drawing = topic_drawings.curve(found.trends, topic, kind)
        panels.append(
            f"<figure><h4>{_ARROWS[kind]} {html.escape(found.title(topic))}"
            f"</h4>{svg.element(drawing, f'topic{topic}')}</figure>"
        )
    legend = "".join(
        markup.item(color, kind)
        for kind, color in topic_drawings.COLORS.items()
    )
    return (
        "<h2>What changed most</h2>"
        f'<p class="legend">{legend}Share of the texts of a '
        f"{found.trends.unit}. Rising or falling: the second half differs from "
        "the first by more than 3 standard errors.</p>"
        f'<div class="panels topics">{"".join(panels)}</div>'
    )


def _map(found: findings.Topics) -> str:
    rows, places = found.places
    drawing = topic_drawings.plane(
        places,
        found.clusters[rows],
        [found.title(topic, 2) for topic in range(len(found.names))],
    )
    return (
        "<h2>Map</h2>"
        + markup.note(
            f"{len(rows):,} texts that are in topics, by t-SNE: texts that "
            "mean nearly the same lie side by side; distances between groups "
            "say little. Colors only tell neighbors apart."
        )
        + f'<figure class="square map">{svg.element(drawing, "map")}</figure>'
    )


def _all(found: findings.Topics) -> str:
    cards = "".join(_card(found, topic) for topic in range(len(found.names)))
    return (
        "<h2>All topics</h2>"
        + markup.note(
            "The largest first. Words are frequent in the topic and rare "
            "elsewhere; headlines are the ones nearest to its center."
        )
        + f'<div class="panels topics">{cards}</div>'
    )


def _card(found: findings.Topics, topic: int) -> str:
    words, change = found.names[topic], found.changes[topic]
    shares, count = found.trends.shares[topic], found.trends.counts[topic].sum()
    peak = int(np.argmax(shares))
    highest = f"peak {shares[peak]:.1%}, {found.trends.starts[peak]}"
    spark = topic_drawings.sparkline(
        shares, topic_drawings.COLORS[change.kind], highest
    )
    return (
        f"<figure><h4>{html.escape(', '.join(words[:3]) or '(no words)')} "
        f"<small>{html.escape(' '.join(words[3:]))}</small></h4>"
        f'<div class="change">{count:,} texts '
        f"({count / found.total:.1%}) · {_ARROWS[change.kind]} {change.kind}: "
        f"{change.before:.2%} → {change.after:.2%}</div>"
        f'{spark}<div class="ends"><span>{found.trends.starts[0]}</span>'
        f"<span>{highest}</span><span>{found.trends.starts[-1]}</span></div>"
        f"{_list(found.examples[topic])}</figure>"
    )


def _noise(found: findings.Topics) -> str:
    if not found.noise:
        return ""
    return (
        "<h2>In no topic</h2>"
        + markup.note(
            "These texts have too few neighbors to form a topic. Some of them, "
            "drawn at random:"
        )
        + '<div class="card">'
        + _list(found.noise, ' class="noise"')
        + "</div>"
    )


def _list(rows: Sequence[tuple[str, str]], style: str = "") -> str:
    items = "".join(
        f"<li><time>{day}</time>{html.escape(text)}</li>" for day, text in rows
    )
    return f"<ul{style}>{items}</ul>"
