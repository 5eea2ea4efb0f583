"""The tables of the page: results, settings and events."""

import html
import json
from collections.abc import Iterable
from typing import Any

from albert_tf.reporting import baselines
from albert_tf.reporting import run_data
from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import titles

# Settings that decide the data of a pretraining's evaluation. If they differ,
# the held-out numbers of two runs are not comparable.
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
_LONGEST_VALUE = 48


def results(runs: list[run_data.Run]) -> list[str]:
    """The final metrics of each run, alongside their baselines."""
    metrics = [run.end_metrics() for run in runs]
    comparable = _are_comparable(runs)
    keys = {
        key
        for values, _ in metrics
        for key in values
        # Numbers of single weights have a slash.
        if titles.is_main(key)
        or (
            "/" not in key
            and not titles.is_baseline(key)
            and not titles.is_count(key)
        )
    }
    if all(run.main_metric != "score" for run in runs):
        keys.discard("score")  # the same as that metric
    mains = {run.main_metric for run in runs}
    rows = []
    for key in sorted(
        keys, key=lambda key: (key not in mains, titles.rank(key))
    ):
        values = [found.get(key) for found, _ in metrics]
        best = _best(key, values) if comparable else None
        cells = [
            _cell(run, key, found, "best" if found.get(key) == best else "")
            for run, (found, _) in zip(runs, metrics, strict=True)
        ]
        rows.append([html.escape(titles.of(key)), *cells])
    heads = [
        _run_head(runs, number, origin)
        for number, (_, origin) in enumerate(metrics)
    ]
    parts = ["<h2>Results</h2>"]
    if not comparable:
        parts.append(
            markup.note(
                "The runs were evaluated with different settings or on "
                "different data, or their data was not recorded (see below), "
                "so these numbers are not comparable."
            )
        )
    return [*parts, markup.table(["", *heads], rows)]


def _are_comparable(runs: list[run_data.Run]) -> bool:
    return all(_asked(run) == _asked(runs[0]) for run in runs)


def _asked(run: run_data.Run) -> list:
    """The settings or the data that a run was evaluated on."""
    if not run.tasks:
        return [run.settings.get(name) for name in _EVALUATION]
    return [*run.tasks] + sorted(
        (one.task, one.part, one.data, one.metrics.get("rows", 0))
        for one in run.evaluations
    )


def _best(key: str, values: Iterable[float | None]) -> float | None:
    """The best of at least two values; None if neither more nor less is
    better."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or not titles.better(key):
        return None
    return max(known) if titles.better(key) > 0 else min(known)


def _cell(
    run: run_data.Run, key: str, values: dict[str, float], style: str
) -> str:
    if key not in values:
        return "–"
    shown = f'<span class="{style}">{markup.number(values[key])}</span>'
    baseline, name = baselines.of_end(run, key)
    if baseline is not None and name is not None:
        name = html.escape(name)
        shown += f"<small>{name} {markup.number(baseline)}</small>"
    return shown


def differences(runs: list[run_data.Run]) -> list[str]:
    """The settings that differ between runs; empty for a single run."""
    if len(runs) == 1:
        return []
    differ = [name for name in _setting_names(runs) if not _shared(runs, name)]
    parts = ["<h2>Settings that differ</h2>"]
    if not differ:
        return [*parts, markup.note("The runs have the same settings.")]
    rows = [
        [html.escape(name), *(_setting(run.settings, name) for run in runs)]
        for name in differ
    ]
    heads = [_run_head(runs, number) for number in range(len(runs))]
    return [*parts, markup.table(["", *heads], rows)]


def shared_settings(runs: list[run_data.Run]) -> list[str]:
    """The settings that all runs share, shown after a click."""
    names = [name for name in _setting_names(runs) if _shared(runs, name)]
    rows = [
        [html.escape(name), _setting(runs[0].settings, name)] for name in names
    ]
    what = "Settings" if len(runs) == 1 else "Settings shared by all runs"
    return [
        "<h2>Settings</h2>",
        f'<details class="card"><summary>{what} ({len(names)})</summary>'
        f"{markup.table([], rows)}</details>",
    ]


def _setting_names(runs: list[run_data.Run]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.settings))


def _shared(runs: list[run_data.Run], name: str) -> bool:
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
        return html.escape(shown)
    count = f" ({len(value):,} in all)" if isinstance(value, list) else ""
    return f"{html.escape(shown[:_LONGEST_VALUE])}…{count}"


def events(runs: list[run_data.Run]) -> list[str]:
    """The events of the runs; empty if there are none."""
    rows = [
        [
            f"{event['step']:,}",
            f"{markup.dot(number)}{html.escape(run.name)}",
            html.escape(event["event"]),
            html.escape(", ".join(_details(event))),
        ]
        for number, run in enumerate(runs)
        for event in run.events
    ]
    if not rows:
        return []
    return ["<h2>Events</h2>", markup.table(["step", "run", "event", ""], rows)]


def _details(event: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in event.items()
        if name not in ("step", "event")
    ]


def _run_head(runs: list[run_data.Run], number: int, origin: str = "") -> str:
    small = f"<small>{html.escape(origin)}</small>" if origin else ""
    return f"{markup.dot(number)}{html.escape(runs[number].name)}{small}"
