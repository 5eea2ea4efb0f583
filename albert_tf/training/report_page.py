"""Runs as one HTML page that needs nothing else: no network, no other file."""

import html
import json
import math
from collections.abc import Iterable
from typing import Any

from albert_tf.training import report_figures
from albert_tf.training import report_panels
from albert_tf.training import report_runs

# Settings that decide what is asked of a model at evaluation: where they
# differ, held-out numbers of two runs are answers to two questions.
_EVALUATION = (
    "tokenizer",
    "eval_records",
    "eval_seed",
    "max_eval_steps",
    "max_predictions_per_seq",
    "masked_lm_prob",
    "masking",
    "ngram",
    "favor_shorter_ngram",
)
# Rows of the table of results; those that are known come first.
_FIRST_RESULTS = (
    "mlm_loss",
    "mlm_accuracy",
    "sentence_order_accuracy",
    "sentence_order_loss",
    "perplexity",
)
_LONGEST_VALUE = 48

_STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f6f7f9; color: #1d2329;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
    "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 34px 0 10px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 4px; }
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
.legend { font-size: 13px; margin: 0 0 12px; }
.legend span.item { margin-right: 18px; white-space: nowrap; }
details { font-size: 13.5px; margin-top: 8px; }
details.card { padding: 10px 14px; }
summary { cursor: pointer; color: #3f4851; }
figure details div { max-height: 320px; overflow: auto; }
figure details th, figure details td { padding: 3px 8px; font-size: 12.5px; }
figure tbody th { white-space: normal; }
"""


def page(runs: list[report_runs.Run]) -> str:
    """The report of runs as an HTML document.

    Raises:
        ImportError: matplotlib is not installed.
    """
    names = ", ".join(run.name for run in runs)
    title = f"{'Run' if len(runs) == 1 else 'Runs'} {names}"
    parts = [
        f"<h1>{_text(title)}</h1>",
        _note("; ".join(_summary(run) for run in runs)),
        *_results(runs),
        *_differences(runs),
        *_curves(runs),
        *_events(runs),
        *_shared_settings(runs),
    ]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def number(value: float) -> str:
    """A number for people: 1,234,567, 0.0006224, 5.104."""
    if isinstance(value, int) or (abs(value) >= 1e4 and math.isfinite(value)):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _summary(run) -> str:
    steps = run.settings.get("num_train_steps")
    of = f" of {number(steps)}" if isinstance(steps, int) else ""
    return f"{run.name}: {run.last_step:,}{of} steps, {run.folder}"


def _results(runs) -> list[str]:
    metrics = [run.end_metrics() for run in runs]
    keys = {key for values, _ in metrics for key in values if "/" not in key}
    keys -= {baseline for _, baseline, _ in report_panels.BASELINES.values()}
    known = [key for key in _FIRST_RESULTS if key in keys]
    comparable = _are_comparable(runs)
    rows = []
    for key in known + sorted(keys.difference(known)):
        values = [found.get(key) for found, _ in metrics]
        best = _best(key, values) if comparable else None
        cells = [
            _cell(key, found, "best" if found.get(key) == best else "")
            for found, _ in metrics
        ]
        rows.append([_text(report_panels.title_of(key)), *cells])
    heads = [
        _run_head(runs, number, origin)
        for number, (_, origin) in enumerate(metrics)
    ]
    parts = ["<h2>Results</h2>"]
    if not comparable:
        parts.append(
            _note(
                "The runs were evaluated by different settings or on different "
                "records (see below): these numbers do not compare."
            )
        )
    return [*parts, _table(["", *heads], rows)]


def _are_comparable(runs) -> bool:
    return all(
        run.settings.get(name) == runs[0].settings.get(name)
        for run in runs
        for name in _EVALUATION
    )


def _best(key: str, values) -> float | None:
    """The best of at least two values of what has a better and a worse."""
    values = [value for value in values if value is not None]
    if len(values) < 2:
        return None
    if "accuracy" in key:
        return max(values)
    return min(values) if "loss" in key or key == "perplexity" else None


def _cell(key: str, values: dict[str, float], style: str) -> str:
    if key not in values:
        return "–"
    shown = f'<span class="{style}">{number(values[key])}</span>'
    _, baseline, name = report_panels.BASELINES.get(key, (None, None, None))
    if baseline in values:
        shown += f"<small>{name} {number(values[baseline])}</small>"
    return shown


def _differences(runs) -> list[str]:
    differ = [name for name in _setting_names(runs) if not _shared(runs, name)]
    if len(runs) == 1:
        return []
    parts = ["<h2>Settings that differ</h2>"]
    if not differ:
        return [*parts, _note("None: the runs were started alike.")]
    rows = [
        [_text(name), *(_setting(run.settings, name) for run in runs)]
        for name in differ
    ]
    heads = [_run_head(runs, number) for number in range(len(runs))]
    return [*parts, _table(["", *heads], rows)]


def _shared_settings(runs) -> list[str]:
    names = [name for name in _setting_names(runs) if _shared(runs, name)]
    rows = [[_text(name), _setting(runs[0].settings, name)] for name in names]
    what = "Settings" if len(runs) == 1 else "Settings that all runs share"
    return [
        "<h2>Settings</h2>",
        f'<details class="card"><summary>{what} ({len(names)})</summary>'
        f"{_table([], rows)}</details>",
    ]


def _setting_names(runs) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.settings))


def _shared(runs, name: str) -> bool:
    return all(
        name in run.settings
        and run.settings[name] == runs[0].settings.get(name)
        for run in runs
    )


def _setting(settings: dict[str, Any], name: str) -> str:
    if name not in settings:
        return "–"
    value = settings[name]
    shown = value if isinstance(value, str) else json.dumps(value)
    if len(shown) <= _LONGEST_VALUE:
        return _text(shown)
    count = f" ({len(value):,} in all)" if isinstance(value, list) else ""
    return f"{_text(shown[:_LONGEST_VALUE])}…{count}"


def _curves(runs) -> list[str]:
    items = [
        f'<span class="item">{_dot(number)}{_text(run.name)}</span>'
        for number, run in enumerate(runs)
    ]
    notes = [
        "Line: training, its noise pale behind the mean.",
        "Line with dots: held out.",
    ]
    if any(run.results for run in runs):
        notes.append("Dashed: what a model that reads nothing would get.")
    if any(run.events for run in runs):
        notes.append("Dotted: events.")
    parts = [
        "<h2>Curves</h2>",
        f'<p class="legend">{"".join(items)}<br>{" ".join(notes)}</p>',
    ]
    for section, found in report_panels.panels(runs).items():
        parts += [
            f"<h2>{section}</h2>",
            f'<div class="panels">{"".join(map(_figure, found))}</div>',
        ]
    return parts


def _figure(panel: report_panels.Panel) -> str:
    drawing = report_figures.svg(
        panel.lines,
        panel.key,
        baselines=panel.baselines,
        marks=panel.marks,
        log=panel.log,
    )
    parts = [f"<h3>{_text(panel.title)}</h3>", drawing]
    if panel.legend:
        items = [
            f'<span class="item">{_dot(number)}{_text(label)}</span> '
            for number, label in panel.legend
        ]
        parts.append(f"<figcaption>{''.join(items)}</figcaption>")
    if panel.numbers:
        rows = [
            [_text(name), *map(number, values)]
            for name, *values in panel.numbers
        ]
        table = _table(["", "minimum", "median", "maximum"], rows)
        parts.append(
            f"<details><summary>Each of the {len(rows)}, over all steps"
            f"</summary><div>{table}</div></details>"
        )
    return f"<figure>{''.join(parts)}</figure>"


def _events(runs) -> list[str]:
    rows = [
        [
            f"{event['step']:,}",
            f"{_dot(number)}{_text(run.name)}",
            _text(event["event"]),
            _text(
                ", ".join(
                    f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
                    for name, value in event.items()
                    if name not in ("step", "event")
                )
            ),
        ]
        for number, run in enumerate(runs)
        for event in run.events
    ]
    if not rows:
        return []
    return ["<h2>Events</h2>", _table(["step", "run", "event", ""], rows)]


def _run_head(runs, number: int, origin: str = "") -> str:
    small = f"<small>{_text(origin)}</small>" if origin else ""
    return f"{_dot(number)}{_text(runs[number].name)}{small}"


def _dot(number: int) -> str:
    shade = report_figures.colour(number)
    return f'<span class="dot" style="background:{shade}"></span>'


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """A table of cells that are HTML; the first of a row is its head."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join(
        f"<tr><th>{first}</th>{''.join(f'<td>{c}</td>' for c in others)}</tr>"
        for first, *others in rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f'<div class="card"><table>{head}<tbody>{body}</tbody></table></div>'


def _note(text: str) -> str:
    return f'<p class="note">{_text(text)}</p>'


def _text(text: str) -> str:
    return html.escape(text)
