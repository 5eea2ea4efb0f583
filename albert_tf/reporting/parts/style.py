"""The style sheet of the page, for screens, phones, dark mode and print."""

from albert_tf.reporting.parts import svg

_LIGHT = f"""--page: #f6f7f9; --ink: #1d2329; --soft: #3f4851; --small: #5c6670;
  --paper: #fff; --line: #e3e6ea; --row: #eceef1; --head: #fafbfc;
  --axis: {svg.GRAY}; --ticks: {svg.TICKS}; {svg.colors_css()}"""
_DARK = f"""--page: #14171b; --ink: #e6e9ec; --soft: #c3c9d0; --small: #9aa4ae;
  --paper: #1c2026; --line: #30363d; --row: #2a3037; --head: #21262c;
  --axis: #77808a; --ticks: #aab3bc; {svg.colors_css(svg.DARK_COLORS)}"""

CSS = (
    f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
@media print {{ :root {{ color-scheme: light; {_LIGHT} --page: #fff; }} }}
"""
    + """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
    "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px;
  overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 34px 0 10px; }
h3 { font-size: 15px; margin: 20px 0 8px; color: var(--soft); }
h4 { font-size: 14px; font-weight: 600; margin: 0 0 4px; }
main > h4 { margin: 18px 0 6px; }
.panels > div > h4 { margin-top: 4px; }
p.note, td small, th small, .legend, figcaption { color: var(--small); }
p.note { margin: 0 0 10px; font-size: 13.5px; max-width: 90ch;
  overflow-wrap: anywhere; }
p.warning { margin: 10px 0; padding: 8px 14px; font-size: 14px;
  background: var(--paper); border: 1px solid var(--line);
  border-left: 4px solid var(--c1); border-radius: 8px; }
p.verdict { margin: 10px 0 4px; padding: 12px 16px; font-size: 17px;
  font-weight: 600; background: var(--paper); border: 1px solid var(--line);
  border-left: 4px solid var(--c0); border-radius: 8px;
  overflow-wrap: anywhere; }
ul.findings { margin: 4px 0 18px; padding-left: 22px; max-width: 100ch; }
ul.findings li { margin: 4px 0; overflow-wrap: anywhere; }
.card, figure, .tile { background: var(--paper); border: 1px solid var(--line);
  border-radius: 8px; }
.card { overflow-x: auto; }
.tiles { display: grid; gap: 14px; margin: 18px 0 6px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); }
.tile { padding: 12px 16px; font-size: 13.5px; color: var(--soft); }
.tile b { display: block; font-size: 26px; line-height: 1.3; font-weight: 650;
  color: var(--ink); font-variant-numeric: tabular-nums; }
.tile small { color: var(--small); font-size: 12.5px;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 7px 14px; text-align: left; vertical-align: top;
  border-top: 1px solid var(--row); overflow-wrap: anywhere; }
thead th { border-top: 0; font-weight: 600; background: var(--head); }
tbody th { font-weight: 400; color: var(--soft); }
td { font-variant-numeric: tabular-nums; }
td small, th small { display: block; font-weight: 400; font-size: 12.5px; }
table.numbers td, table.numbers thead th + th { text-align: right;
  white-space: nowrap; }
table.numbers tbody th { min-width: 130px; }
table.texts td { min-width: 110px; }
table.texts tbody th { min-width: 240px; color: var(--ink); }
table.texts thead th, table.numbers thead th { overflow-wrap: normal; }
.best { font-weight: 700; }
.dot { display: inline-block; width: 10px; height: 10px; margin-right: 7px;
  border-radius: 50%; }
.panels { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); }
.panels > * { min-width: 0; }
.panels > .wide { grid-column: 1 / -1; }
figure { margin: 0; padding: 12px 14px 8px; min-width: 0; }
figure svg { display: block; width: 100%; height: auto;
  max-height: 640px; overflow: visible; }
figure svg text:not([style*="fill:"]) { fill: var(--ink); }
figcaption { font-size: 12.5px; overflow-wrap: anywhere; }
.legend { font-size: 13px; margin: 0; padding: 8px 0; position: sticky; top: 0;
  z-index: 1; background: var(--page); }
.item { margin-right: 18px; display: inline-block; }
details { font-size: 13.5px; margin-top: 8px; }
details.card { padding: 10px 14px; }
summary { cursor: pointer; color: var(--soft); }
figure details div { max-height: 320px; overflow: auto; }
figure details th, figure details td { padding: 3px 8px; font-size: 12.5px; }
figure tbody th { white-space: normal; }
@media (max-width: 600px) {
  main { padding: 18px 12px 40px; }
  th, td { padding: 6px 9px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
  .tile b { font-size: 21px; }
  .legend { position: static; }
  figure:not(.square) svg text { font-size: 11.5px !important; }
  table.numbers tbody th { min-width: 84px; }
  table.numbers th, table.numbers td { padding: 6px; }
  table.texts thead { display: none; }
  table.texts tr, table.texts th, table.texts td { display: block; }
  table.texts tr { padding: 6px 0; border-top: 1px solid var(--line); }
  table.texts tbody th, table.texts td { border: 0; padding: 2px 10px; }
  table.texts td::before { content: attr(data-head) ": ";
    color: var(--small); }
}
@media print {
  main { max-width: none; padding: 0; }
  .legend { position: static; }
  figure, .tile, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .legend { break-after: avoid; }
  .panels { grid-template-columns: 1fr 1fr; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .card { overflow: visible; }
  details::details-content { content-visibility: visible; height: auto; }
}
"""
)
