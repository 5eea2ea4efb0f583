"""The report of runs as one self-contained HTML page."""

import html
import os

from albert_tf import plots
from albert_tf.reporting import baselines
from albert_tf.reporting import figures
from albert_tf.reporting import panels
from albert_tf.reporting import run_data
from albert_tf.reporting import tables
from albert_tf.reporting.evaluations import evaluation_page
from albert_tf.reporting.evaluations import evaluation_section
from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import titles

# Names of tasks as the page shows them.
_CUSTOM = {"custom": "custom data"}
_OTHERS = [name for name in titles.SECTIONS if name != titles.LEARNING]


def page(runs: list[run_data.Run]) -> str:
    """The report of runs as an HTML document. Without matplotlib, it has a note
    in place of pictures."""
    draws = plots.is_drawable()
    curves = panels.panels(runs)
    return markup.document(
        _title(runs),
        [
            *(markup.note(_summary(run)) for run in runs),
            *([] if draws else [markup.warning(markup.NO_PICTURES)]),
            *(_tiles(runs[0]) if len(runs) == 1 else []),
            *tables.results(runs),
            *tables.differences(runs),
            *(_curves(runs, curves, [titles.LEARNING]) if draws else []),
            *_evaluations(runs, draws),
            *(_curves(runs, curves, _OTHERS) if draws else []),
            *tables.events(runs),
            *tables.shared_settings(runs),
        ],
    )


def _evaluations(runs: list[run_data.Run], draws: bool) -> list[str]:
    """All evaluations of all runs; empty if there are none."""
    parts = []
    for number, run in enumerate(runs):
        for place, evaluation in enumerate(run.evaluations):
            head = html.escape(evaluation_page.title(evaluation))
            if len(runs) > 1:
                head = f"{markup.dot(number)}{html.escape(run.name)}: {head}"
            key = f"evaluation {number} {place}"
            parts += [
                f"<h3>{head}</h3>",
                *evaluation_section.content(evaluation, key, draws),
            ]
    return ["<h2>Evaluation</h2>", *parts] if parts else []


def _title(runs: list[run_data.Run]) -> str:
    names = ", ".join(run.name for run in runs)
    if len(runs) > 1:
        return f"Runs {names}"
    return f"{_kind(runs[0])}: {names}"


def _kind(run: run_data.Run) -> str:
    if not run.tasks:
        return "Pretraining"
    names = [_CUSTOM.get(task, task) for task in run.tasks]
    return f"Fine-tuning on {', '.join(names)}"


def _summary(run: run_data.Run) -> str:
    """The progress of a run, and its best checkpoint."""
    steps = f"{run.last_step:,}"
    if run.num_steps is not None:
        steps += f" of {run.num_steps:,}"
    text = f"{run.name}: {steps} steps"
    if run.num_steps is not None and run.last_step < run.num_steps:
        text += " (still running, or stopped)"
    if run.best:
        step, value = run.best
        title = titles.of(run.main_metric)
        text += f"; best at step {step:,}: {title} {markup.number(value)}"
    return f"{text}. Folder: {os.path.normpath(run.folder)}"


def _tiles(run: run_data.Run) -> list[str]:
    """The most important numbers of a run."""
    values, origin = run.end_metrics()
    shown = [run.main_metric, "loss"]
    if not run.tasks:
        shown = [*titles.BASELINES]
    tiles = []
    for key in shown:
        if key in values:
            baseline, name = baselines.of_end(run, key)
            below = ""
            if baseline is not None:
                below = f"{name}: {markup.number(baseline)}"
            title = titles.of(key)
            if key == "loss" and run.results is not None:
                title = "held-out loss"
            tiles.append(markup.tile(title, markup.number(values[key]), below))
    if isinstance(values.get("rows"), int):
        tiles.append(
            markup.tile("rows evaluated", f"{values['rows']:,}", origin)
        )
    if run.best:
        of = f"of {run.last_step:,} steps"
        tiles.append(markup.tile("best at step", f"{run.best[0]:,}", of))
    return [f'<div class="tiles">{"".join(tiles)}</div>'] if tiles else []


def _curves(
    runs: list[run_data.Run],
    curves: dict[str, list[panels.Panel]],
    sections: list[str],
) -> list[str]:
    """The panels of these sections; empty if there are none."""
    curves = {name: curves[name] for name in sections if name in curves}
    if not curves:
        return []
    parts = []
    if titles.LEARNING in curves:
        parts += ["<h2>Learning by step</h2>", _legend(runs, curves)]
    for section, found in curves.items():
        if section != titles.LEARNING:
            parts.append(f"<h2>{section}</h2>")
        drawn = "".join(map(_figure, found))
        parts.append(f'<div class="panels">{drawn}</div>')
    return parts


def _legend(
    runs: list[run_data.Run], curves: dict[str, list[panels.Panel]]
) -> str:
    drawn = [panel for section in curves.values() for panel in section]
    items = []
    if len(runs) > 1:
        items = [markup.item(n, run.name) for n, run in enumerate(runs)]
        items.append("<br>")
    notes = ["Line: training; the unsmoothed values are pale behind the mean."]
    if any(line.kind == "eval" for panel in drawn for line in panel.lines):
        notes.append("Line with dots: held-out data.")
    if any(panel.baselines for panel in drawn):
        notes.append("Dashed: a baseline that ignores the text.")
    if any(panel.bests for panel in drawn):
        notes.append("Ring: the best checkpoint.")
    if any(panel.marks for panel in drawn):
        notes.append("Dotted: events.")
    return f'<p class="legend">{"".join(items)}{" ".join(notes)}</p>'


def _figure(panel: panels.Panel) -> str:
    drawing = figures.svg(
        panel.lines,
        panel.key,
        baselines=panel.baselines,
        marks=panel.marks,
        bests=panel.bests,
        log=panel.log,
    )
    parts = [f"<h4>{html.escape(panel.title)}</h4>", drawing]
    if panel.baselines:
        name = html.escape(panel.baseline_name)
        parts.append(f"<figcaption>Dashed: {name}</figcaption>")
    if panel.legend:
        items = [markup.item(number, label) for number, label in panel.legend]
        parts.append(f"<figcaption>{''.join(items)}</figcaption>")
    if panel.numbers:
        rows = [
            [html.escape(name), *map(markup.number, values)]
            for name, *values in panel.numbers
        ]
        table = markup.table(
            ["", "minimum", "median", "maximum"], rows, "numbers"
        )
        parts.append(
            f"<details><summary>Each of the {len(rows)}, over all steps"
            f"</summary><div>{table}</div></details>"
        )
    return f"<figure>{''.join(parts)}</figure>"
