"""Pieces of HTML, for readers who like quiet pages."""

import html
import math
from collections.abc import Iterable

from albert_tf.training.report import figures

_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f6f7f9; color: #1d2329;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
    "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 34px 0 10px; }
h3 { font-size: 15px; margin: 20px 0 8px; color: #3f4851; }
h4 { font-size: 14px; font-weight: 600; margin: 0 0 4px; }
p.note, td small, th small, .legend, figcaption { color: #5c6670; }
p.note { margin: 0 0 10px; font-size: 13.5px; max-width: 80ch; }
.card, figure { background: #fff; border: 1px solid #e3e6ea;
  border-radius: 8px; }
.card { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 7px 14px; text-align: left; vertical-align: top;
  border-top: 1px solid #eceef1; overflow-wrap: anywhere; }
thead th { border-top: 0; font-weight: 600; background: #fafbfc; }
tbody th { font-weight: 400; color: #3f4851; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
td small, th small { display: block; font-weight: 400; font-size: 12.5px; }
.best { font-weight: 700; }
.dot { display: inline-block; width: 10px; height: 10px; margin-right: 7px;
  border-radius: 50%; }
.panels { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); }
figure { margin: 0; padding: 12px 14px 8px; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: 12.5px; overflow-wrap: anywhere; }
.legend { font-size: 13px; margin: 0; padding: 8px 0; position: sticky; top: 0;
  z-index: 1; background: #f6f7f9; }
.item { margin-right: 18px; display: inline-block; }
details { font-size: 13.5px; margin-top: 8px; }
details.card { padding: 10px 14px; }
summary { cursor: pointer; color: #3f4851; }
figure details div { max-height: 320px; overflow: auto; }
figure details th, figure details td { padding: 3px 8px; font-size: 12.5px; }
figure tbody th { white-space: normal; }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """A whole document of parts that are HTML."""
    title, body = html.escape(title), "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{_STYLE}</style>
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
    """A number for people: 1,234,567, 0.0006224, 5.100."""
    if isinstance(value, int) or (abs(value) >= 1e4 and math.isfinite(value)):
        return f"{value:,.0f}"
    return f"{value:#.4g}"


def item(number: int, label: str) -> str:
    """A label of a legend, behind the dot of its colour."""
    return f'<span class="item">{dot(number)}{html.escape(label)}</span> '


def dot(number: int) -> str:
    """A dot in the colour of this number."""
    shade = figures.colour(number)
    return f'<span class="dot" style="background:{shade}"></span>'


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """A table of cells that are HTML; the first of a row is its head."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join(
        f"<tr><th>{first}</th>{''.join(f'<td>{c}</td>' for c in others)}</tr>"
        for first, *others in rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f'<div class="card"><table>{head}<tbody>{body}</tbody></table></div>'


def note(text: str) -> str:
    """A paragraph of plain text, in small print."""
    return f'<p class="note">{html.escape(text)}</p>'
