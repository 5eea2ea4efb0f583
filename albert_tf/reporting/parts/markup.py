"""Builds pieces of HTML."""

import html
import math
from collections.abc import Iterable

from albert_tf.reporting.parts import style
from albert_tf.reporting.parts import svg

NO_PICTURES = (
    "The pictures of the report need matplotlib. Install it with: pip install "
    "'albert_tf[demo]'"
)


def document(title: str, parts: Iterable[str]) -> str:
    """A document.

    Args:
        title: plain text.
        parts: pieces of HTML.
    """
    title, body = html.escape(title), "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style.CSS}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def number(value: float) -> str:
    """Formats a number, such as 1,234,567, 0.0006224 or 5.100."""
    if isinstance(value, int) or (abs(value) >= 1e4 and math.isfinite(value)):
        return f"{value:,.0f}"
    return f"{value:#.4g}".removesuffix(".")


def item(number: int, label: str) -> str:
    """A label of a legend, after a dot in its color."""
    return f'<span class="item">{dot(number)}{html.escape(label)}</span> '


def dot(number: int) -> str:
    """A dot in the color with this number."""
    shade = svg.variable(number)
    return f'<span class="dot" style="background:{shade}"></span>'


def table(heads: list[str], rows: Iterable[list[str]], style: str = "") -> str:
    """A table.

    Args:
        heads: HTML of the column heads.
        rows: HTML of the cells; the first cell of a row is its head.
        style: "numbers" or "texts" if most cells hold these.
    """
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    # On a phone, each text is on a line of its own, after its column head.
    is_text = style == "texts"
    tags = [
        f'<td data-head="{name}">' if is_text else "<td>" for name in heads[1:]
    ]
    body = "".join(_row(tags, *row) for row in rows)
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    named = f' class="{style}"' if style else ""
    return (
        f'<div class="card"><table{named}>{head}<tbody>{body}</tbody></table>'
        "</div>"
    )


def _row(tags: list[str], first: str, *others: str) -> str:
    cells = zip(tags or ["<td>"] * len(others), others, strict=True)
    joined = "".join(f"{tag}{cell}</td>" for tag, cell in cells)
    return f"<tr><th>{first}</th>{joined}</tr>"


def tile(title: str, value: str, below: str) -> str:
    """A box with an important number; all arguments are plain text."""
    title, value, below = map(html.escape, (title, value, below))
    return (
        f'<div class="tile">{title}<b>{value}</b><small>{below}</small></div>'
    )


def folded(summary: str, content: str) -> str:
    """HTML that is shown after a click; the summary is plain text."""
    return (
        f"<details><summary>{html.escape(summary)}</summary>{content}</details>"
    )


def warning(text: str) -> str:
    """A conspicuous paragraph of plain text."""
    return f'<p class="warning">{html.escape(text)}</p>'


def note(text: str) -> str:
    """A paragraph of plain text, in small print."""
    return f'<p class="note">{html.escape(text)}</p>'
