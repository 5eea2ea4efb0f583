"""Which curves of runs share a panel, under which title."""

import dataclasses
import itertools

import numpy as np

from albert_tf.training.report import curves as curves_lib
from albert_tf.training.report import figures
from albert_tf.training.report import runs as runs_lib

# What is evaluated, its title, the baseline that it has to beat, and what
# that is.
BASELINES = {
    "mlm_loss": ("masked-LM loss (nats)", "unigram_loss", "unigram entropy"),
    "mlm_accuracy": (
        "masked-LM accuracy",
        "most_frequent_accuracy",
        "most frequent token",
    ),
    "sentence_order_accuracy": (
        "sentence-order accuracy",
        "label_majority",
        "label majority",
    ),
}

# Sections, and in each the titles of the keys that are known.
_SECTIONS = {
    "Losses": {
        "mlm_loss": BASELINES["mlm_loss"][0],
        "sentence_order_loss": "sentence-order loss (nats)",
        "loss": "total loss (nats)",
        "perplexity": "masked-LM perplexity",
    },
    "Accuracies": {
        "score": "main metric of the task",
        "mlm_accuracy": BASELINES["mlm_accuracy"][0],
        "sentence_order_accuracy": BASELINES["sentence_order_accuracy"][0],
    },
    "Optimization": {
        "learning_rate": "learning rate",
        "gradient_norm": "gradient norm before clipping",
    },
    "Speed": {
        "sequences_per_second": "sequences per second",
        "tokens_per_second": "tokens per second",
        "model_flop_utilisation": "model FLOP utilisation",
        "input_wait_share": "share of the time waiting for input",
    },
    "Other": {"examples": "sentence-order examples"},
}
# What may lie powers of ten apart, so that small values need a scale of theirs.
_MAY_BE_LOG = ("gradient_norm", "perplexity")
_LOG_FROM = 50


@dataclasses.dataclass(frozen=True)
class Panel:
    """A panel of the page.

    key: of metrics.jsonl, or the part before the slash of several.
    title: for people.
    lines, baselines, marks, log: for `figures.draw`.
    legend: colour's number and label of each line, where colours are not runs.
    numbers: of a spread, the name, minimum, median and maximum of each curve.
    """

    key: str
    title: str
    lines: list[figures.Line]
    baselines: list[float]
    marks: list[figures.Mark]
    log: bool
    legend: list[tuple[int, str]]
    numbers: list[tuple[str, float, float, float]]


def title_of(key: str) -> str:
    for titles in _SECTIONS.values():
        if key in titles:
            return titles[key]
    return key.replace("_", " ")


def section_of(key: str) -> str:
    for section, titles in _SECTIONS.items():
        if key in titles:
            return section
    if "loss" in key:
        return "Losses"
    if "accuracy" in key:
        return "Accuracies"
    return "Optimization" if key.endswith(("_ratio", "_norm")) else "Other"


def panels(runs: list[runs_lib.Run]) -> dict[str, list[Panel]]:
    """The panels of each section, in the order of the page."""
    keys = {key for run in runs for _, key in run.curves}
    made = {section: [] for section in _SECTIONS}
    for key in sorted({key.split("/")[0] for key in keys}, key=_rank):
        # A key that is also a prefix gets a panel as each of the two.
        if key in keys:
            made[section_of(key)].append(_panel(key, runs))
        if any(other.startswith(key + "/") for other in keys):
            made[section_of(key)].append(_group_panel(key, runs))
    return {section: found for section, found in made.items() if found}


def _rank(key: str) -> tuple[int, str]:
    known = list(itertools.chain(*_SECTIONS.values()))
    return (known.index(key) if key in known else len(known), key)


def _panel(key: str, runs) -> Panel:
    lines = [
        figures.Line(run.curves[kind, key], kind, number)
        for kind in ("train", "eval")
        for number, run in enumerate(runs)
        if (kind, key) in run.curves
    ]
    _, baseline, _ = BASELINES.get(key, (None, None, None))
    heights = [(run.results or {}).get(baseline) for run in runs]
    return Panel(
        key=key,
        title=title_of(key),
        lines=lines,
        baselines=sorted(set(heights) - {None}),
        marks=_marks(runs),
        log=key in _MAY_BE_LOG and _is_wide(lines),
        legend=[],
        numbers=[],
    )


def _group_panel(prefix: str, runs) -> Panel:
    curves = [
        {
            key.split("/", 1)[1]: curve
            for (_, key), curve in sorted(run.curves.items())
            if key.startswith(prefix + "/")
        }
        for run in runs
    ]
    several = sum(map(bool, curves)) > 1
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
            figures.Line(curve, "train", number)
            for number, (_, curve) in enumerate(flat)
        ]
    title = title_of(prefix)
    if is_spread:
        title += ": median, minimum and maximum"
    return Panel(
        key=prefix + "/",
        title=title,
        lines=lines,
        baselines=[],
        marks=_marks(runs),
        log=_is_wide(lines),
        legend=[]
        if is_spread
        else [(number, name) for number, (name, _) in enumerate(flat)],
        numbers=[(name, *_quantiles(curve)) for name, curve in flat]
        if is_spread
        else [],
    )


def _spread(curves, number: int) -> figures.Line:
    middle, low, high = curves_lib.spread(curves)
    return figures.Line(middle, "spread", number, low, high)


def _quantiles(curve) -> tuple[float, float, float]:
    finite = curve.values[~np.isnan(curve.values)]
    if not len(finite):
        return (np.nan, np.nan, np.nan)
    return tuple(np.quantile(finite, [0, 0.5, 1]))


def _marks(runs) -> list[figures.Mark]:
    return [
        figures.Mark(event["step"], event["event"], number)
        for number, run in enumerate(runs)
        for event in run.events
    ]


def _is_wide(lines) -> bool:
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
