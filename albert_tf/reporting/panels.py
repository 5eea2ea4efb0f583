"""Groups the curves of runs into panels."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from albert_tf.reporting import baselines
from albert_tf.reporting import curves as curves_lib
from albert_tf.reporting import figures
from albert_tf.reporting import run_data
from albert_tf.reporting.parts import titles

# Keys with a logarithmic axis if their largest value is more than _LOG_FROM
# times the smallest, and keys that always have one.
_MAY_BE_LOG = ("gradient_norm",)
_IS_LOG = ("perplexity",)
_LOG_FROM = 50


@dataclasses.dataclass(frozen=True)
class Panel:
    """A panel of the page.

    Attributes:
        key: a key of metrics.jsonl, or the common prefix of several.
        title: the title.
        lines, baselines, marks, bests, log: arguments of `figures.draw`.
        baseline_name: description of the baselines.
        legend: number of the color and label of each line, if colors do not
            stand for runs.
        numbers: for a spread, the name, minimum, median and maximum of each
            curve.
    """

    key: str
    title: str
    lines: list[figures.Line]
    baselines: list[float]
    baseline_name: str
    marks: list[figures.Mark]
    bests: list[figures.Best]
    log: bool
    legend: list[tuple[int, str]]
    numbers: list[tuple[str, float, float, float]]


def panels(runs: list[run_data.Run]) -> dict[str, list[Panel]]:
    """The panels of each section, in the order of the page."""
    found = {key for run in runs for _, key in run.curves}
    keys = {key for key in found if titles.has_curve(key)}
    if all(run.main_metric != "score" for run in runs):
        keys.discard("score")  # the same as that metric
    held_out = {
        key for run in runs for kind, key in run.curves if kind == "eval"
    }
    groups: dict[str, set[str]] = {}
    for key in keys:
        # In training, a slash precedes the name of a variable.
        group = titles.group_of(key)
        if group is None and "/" in key and key not in held_out:
            group = key.split("/")[0]
        if group is not None:
            groups.setdefault(group, set()).add(key)
    alone = keys.difference(*groups.values())
    made: dict[str, list[Panel]] = {section: [] for section in titles.SECTIONS}
    mains = {run.main_metric for run in runs}
    for key in sorted(
        {*alone, *groups}, key=lambda key: (key not in mains, titles.rank(key))
    ):
        # A key that is also a prefix gets two panels.
        if key in alone:
            made[titles.section_of(key)].append(_panel(key, runs))
        if key in groups:
            made[titles.section_of(key)].append(_group_panel(key, runs))
    return {section: found for section, found in made.items() if found}


def _panel(key: str, runs: list[run_data.Run]) -> Panel:
    lines = [
        figures.Line(run.curves[kind, key], kind, number)
        for kind in ("train", "eval")
        for number, run in enumerate(runs)
        if (kind, key) in run.curves
    ]
    heights = [baselines.of_curve(run, key) for run in runs if _has(run, key)]
    words = {words for _, words in heights if words is not None}
    return Panel(
        key=key,
        title=titles.of(key),
        lines=lines,
        baselines=sorted(
            {height for height, _ in heights if height is not None}
        ),
        baseline_name=", ".join(sorted(words)),
        marks=_marks(runs),
        bests=[
            figures.Best(best[0], best[1], number)
            for number, run in enumerate(runs)
            if key == run.main_metric and (best := run.best)
        ],
        log=key in _IS_LOG or (key in _MAY_BE_LOG and _is_wide(lines)),
        legend=[],
        numbers=[],
    )


def _has(run: run_data.Run, key: str) -> bool:
    return ("eval", key) in run.curves


def _group_panel(prefix: str, runs: list[run_data.Run]) -> Panel:
    curves = [
        {
            key.removeprefix(prefix + "/"): curve
            for (_, key), curve in sorted(run.curves.items())
            if key.startswith(prefix + "/")
        }
        for run in runs
    ]
    several = sum(map(bool, curves)) > 1
    is_eval = any(
        kind == "eval" and key.startswith(prefix + "/")
        for run in runs
        for kind, key in run.curves
    )
    kind = "eval" if is_eval else "train"
    flat = [
        (f"{run.name}: {name}" if several else name, curve)
        for run, named in zip(runs, curves, strict=True)
        for name, curve in named.items()
    ]
    is_spread = len(flat) > figures.MAX_LINES
    if is_spread:
        lines = [
            _spread(named.values(), number)
            for number, named in enumerate(curves)
            if named
        ]
    else:
        lines = [
            figures.Line(curve, kind, number)
            for number, (_, curve) in enumerate(flat)
        ]
    title = titles.of(prefix)
    if titles.group_of(f"{prefix}/x"):
        title += " by class"
    if is_spread:
        title += ": median, minimum and maximum"
    return Panel(
        key=prefix + "/",
        title=title,
        lines=lines,
        baselines=[],
        baseline_name="",
        bests=[],
        marks=_marks(runs),
        log=not is_eval and _is_wide(lines),
        legend=[]
        if is_spread
        else [(number, name) for number, (name, _) in enumerate(flat)],
        numbers=[(name, *_quantiles(curve)) for name, curve in flat]
        if is_spread
        else [],
    )


def _spread(curves: Iterable[curves_lib.Curve], number: int) -> figures.Line:
    middle, low, high = curves_lib.spread(curves)
    return figures.Line(middle, "spread", number, low, high)


def _quantiles(curve: curves_lib.Curve) -> tuple[float, float, float]:
    """The minimum, median and maximum; NaN without finite values."""
    finite = curve.values[~np.isnan(curve.values)]
    if not len(finite):
        return (np.nan, np.nan, np.nan)
    low, middle, high = np.quantile(finite, [0, 0.5, 1])
    return low, middle, high


def _marks(runs: list[run_data.Run]) -> list[figures.Mark]:
    events = [
        figures.Mark(event["step"], event["event"], number)
        for number, run in enumerate(runs)
        for event in run.events
    ]
    depths = [
        figures.Mark(step, f"{layers:.0f} layers", number)
        for number, run in enumerate(runs)
        if ("train", "num_layers") in run.curves
        for step, layers in curves_lib.changes(
            run.curves["train", "num_layers"]
        )
    ]
    return events + depths


def _is_wide(lines: list[figures.Line]) -> bool:
    values = np.concatenate(
        [
            part
            for line in lines
            for part in (line.curve.values, line.low, line.high)
            if part is not None
        ]
    )
    values = values[~np.isnan(values)]
    return (
        len(values) > 0
        and values.min() > 0
        and values.max() / values.min() > _LOG_FROM
    )
