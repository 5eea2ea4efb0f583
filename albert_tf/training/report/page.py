"""Runs as one HTML page that needs nothing else: no network, no other file."""

import html

from albert_tf.training.report import figures
from albert_tf.training.report import markup
from albert_tf.training.report import panels
from albert_tf.training.report import runs as runs_lib
from albert_tf.training.report import tables


def page(runs: list[runs_lib.Run]) -> str:
    """The report of runs as an HTML document.

    Raises:
        ImportError: matplotlib is not installed.
    """
    names = ", ".join(run.name for run in runs)
    return markup.document(
        f"{'Run' if len(runs) == 1 else 'Runs'} {names}",
        [
            *(markup.note(_summary(run)) for run in runs),
            *tables.results(runs),
            *tables.differences(runs),
            *_curves(runs),
            *tables.events(runs),
            *tables.shared_settings(runs),
        ],
    )


def _summary(run) -> str:
    steps = run.settings.get("num_train_steps")
    of = f" of {markup.number(steps)}" if isinstance(steps, int) else ""
    return f"{run.name}: {run.last_step:,}{of} steps, {run.folder}"


def _curves(runs) -> list[str]:
    items = [markup.item(number, run.name) for number, run in enumerate(runs)]
    notes = [
        "Line: training, with the unsmoothed values pale behind the mean.",
        "Line with dots: held-out data.",
    ]
    if any(run.results for run in runs):
        notes.append("Dashed: score of a model that does not read the text.")
    if any(run.events for run in runs):
        notes.append("Dotted: events.")
    parts = [
        "<h2>Curves</h2>",
        f'<p class="legend">{"".join(items)}<br>{" ".join(notes)}</p>',
    ]
    for section, found in panels.panels(runs).items():
        parts += [
            f"<h3>{section}</h3>",
            f'<div class="panels">{"".join(map(_figure, found))}</div>',
        ]
    return parts


def _figure(panel: panels.Panel) -> str:
    drawing = figures.svg(
        panel.lines,
        panel.key,
        baselines=panel.baselines,
        marks=panel.marks,
        log=panel.log,
    )
    parts = [f"<h4>{html.escape(panel.title)}</h4>", drawing]
    if panel.legend:
        items = [markup.item(number, label) for number, label in panel.legend]
        parts.append(f"<figcaption>{''.join(items)}</figcaption>")
    if panel.numbers:
        rows = [
            [html.escape(name), *map(markup.number, values)]
            for name, *values in panel.numbers
        ]
        table = markup.table(["", "minimum", "median", "maximum"], rows)
        parts.append(
            f"<details><summary>Each of the {len(rows)}, over all steps"
            f"</summary><div>{table}</div></details>"
        )
    return f"<figure>{''.join(parts)}</figure>"
