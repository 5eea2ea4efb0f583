"""The section of the page with evaluations: confusions, groups and errors."""

import html
from typing import Any

from albert_tf import kinds
from albert_tf.reporting import evaluation_details
from albert_tf.reporting import evaluation_pictures
from albert_tf.reporting import markup
from albert_tf.reporting import run_data
from albert_tf.reporting import titles

# Numbers of classes and of errors that are shown without a click.
_MAX_GROUPS, _MAX_ERRORS = 12, 10
_HEADS = {"rows": "rows"}


def section(runs: list[run_data.Run], draws: bool) -> list[str]:
    """The HTML of all evaluations of all runs; empty if there are none.

    Args:
        runs: the runs.
        draws: whether pictures can be drawn.
    """
    parts = []
    for number, run in enumerate(runs):
        for place, evaluation in enumerate(run.evaluations):
            head = html.escape(f"{evaluation.task}: {evaluation.data}")
            if len(runs) > 1:
                head = f"{markup.dot(number)}{html.escape(run.name)}: {head}"
            parts += [
                f"<h3>{head}</h3>",
                markup.note(_origin(evaluation)),
                *_content(evaluation, f"evaluation {number} {place}", draws),
            ]
    return ["<h2>Evaluation</h2>", *parts] if parts else []


def _origin(evaluation: evaluation_details.Evaluation) -> str:
    text = f"Evaluated: {evaluation.origin}."
    if evaluation.num_errors is not None:
        rows = evaluation.metrics.get("rows")
        text += f" Wrong: {evaluation.num_errors:,}"
        text += f" of {rows:,}." if isinstance(rows, int) else "."
    return text


def _content(
    evaluation: evaluation_details.Evaluation, key: str, draws: bool
) -> list[str]:
    parts = []
    if evaluation.metrics.get("predicted_classes") == 1:
        parts.append(
            markup.warning(
                "All predictions are the same class: the model has learned "
                "nothing. Check the loss curve, and try another learning rate "
                "or seed."
            )
        )
    panels = []
    if draws and evaluation.confusion is not None:
        drawing = _confusion(evaluation.kind, evaluation.confusion, key)
        panels.append(drawing)
    if draws and evaluation.points:
        drawing = evaluation_pictures.numbers(evaluation.points, key)
        panels.append(_figure("Predictions and labels", drawing))
    if evaluation.groups:
        panels.append(_groups(evaluation))
    if evaluation.residuals:
        panels.append(_residuals(evaluation))
    if evaluation.confused and evaluation.confusion is None:
        panels.append(_pairs(evaluation))
    parts.append(f'<div class="panels">{"".join(panels)}</div>')
    if evaluation.confusion is not None:
        parts.append(
            markup.folded("Counts as a table", _counts(evaluation.confusion))
        )
    return parts + _errors(evaluation)


def _figure(title: str, content: str, caption: str = "") -> str:
    if caption:
        caption = f"<figcaption>{html.escape(caption)}</figcaption>"
    return (
        f'<figure class="square"><h4>{html.escape(title)}</h4>{content}'
        f"{caption}</figure>"
    )


def _confusion(
    kind_name: str, confusion: evaluation_details.Confusion, key: str
) -> str:
    names, counts = confusion
    drawing = evaluation_pictures.confusion(names, counts, key)
    kind = kinds.KINDS.get(kind_name)
    unit = kind.unit if kind else "rows"
    return _figure(
        "Labels and predictions",
        drawing,
        f"Number of {unit}. A stronger color means a larger share of the "
        f"{unit} with that label.",
    )


def _counts(confusion: evaluation_details.Confusion) -> str:
    names, counts = confusion
    heads = ["label \\ predicted", *map(html.escape, names)]
    rows = [
        [html.escape(name), *map(markup.number, row)]
        for name, row in zip(names, counts, strict=True)
    ]
    return markup.table(heads, rows, "numbers")


def _groups(evaluation: evaluation_details.Evaluation) -> str:
    groups = evaluation.groups
    heads = [name for name in groups[0] if name != "name"]

    def table(shown):
        rows = [
            [html.escape(group["name"]), *(_cell(group[h]) for h in heads)]
            for group in shown
        ]
        names = [
            "",
            *(html.escape(_HEADS.get(h) or titles.of(h)) for h in heads),
        ]
        return markup.table(names, rows, "numbers")

    kind = kinds.KINDS.get(evaluation.kind)
    title = kind.groups if kind else "Groups"
    if len(groups) <= _MAX_GROUPS or "f1" not in heads:
        return f"<div><h4>{title}</h4>{table(groups)}</div>"
    ordered = sorted(groups, key=lambda group: group["f1"])
    rest = markup.folded(f"All {len(groups)}", table(groups))
    return (
        f"<div><h4>{title}: the {_MAX_GROUPS} with the lowest F1</h4>"
        f"{table(ordered[:_MAX_GROUPS])}{rest}</div>"
    )


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _residuals(evaluation: evaluation_details.Evaluation) -> str:
    names = {
        "mean": "mean",
        "mean_absolute": "mean absolute",
        "standard_deviation": "standard deviation",
        "quantile_05": "5th percentile",
        "median": "median",
        "quantile_95": "95th percentile",
    }
    rows = [
        [html.escape(names.get(name, name)), f"{value:.4g}"]
        for name, value in evaluation.residuals.items()
    ]
    table = markup.table([], rows, "numbers")
    return f"<div><h4>Prediction minus label</h4>{table}</div>"


def _pairs(evaluation: evaluation_details.Evaluation) -> str:
    rows = [
        [html.escape(label), html.escape(prediction), f"{count:,}"]
        for label, prediction, count in evaluation.confused
    ]
    heads = ["label", "predicted", "rows"]
    first = markup.table(heads, rows[:_MAX_GROUPS])
    if len(rows) > _MAX_GROUPS:
        rest = markup.table(heads, rows[_MAX_GROUPS:])
        first += markup.folded(f"{len(rows) - _MAX_GROUPS} more", rest)
    return f"<div><h4>Most often confused</h4>{first}</div>"


def _errors(evaluation: evaluation_details.Evaluation) -> list[str]:
    if not evaluation.errors:
        return []
    names = [
        name
        for name in evaluation.errors[0]
        if name not in ("id", "text", "context")
    ]
    heads = ["text", *(html.escape(name.replace("_", " ")) for name in names)]
    rows = [
        [_text(error), *(_value(error.get(name)) for name in names)]
        for error in evaluation.errors
    ]
    kind = kinds.KINDS.get(evaluation.kind)
    what = kind.errors if kind else "that the model was surest of"
    parts = [
        f"<h4>Errors {what}</h4>",
        markup.table(heads, rows[:_MAX_ERRORS], "texts"),
    ]
    if len(rows) > _MAX_ERRORS:
        rest = markup.table(heads, rows[_MAX_ERRORS:], "texts")
        parts.append(markup.folded(f"{len(rows) - _MAX_ERRORS} more", rest))
    return parts


def _text(error: dict[str, Any]) -> str:
    text = html.escape(error["text"])
    if isinstance(error.get("context"), str):
        text += f"<small>{html.escape(error['context'])}</small>"
    return text


def _value(value: str | float | None) -> str:
    if value is None:
        return "–"
    return html.escape(value) if isinstance(value, str) else _cell(value)
