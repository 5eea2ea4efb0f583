"""An evaluation on a page: the decision, pictures, tables and errors."""

import html
from typing import Any

from albert_tf import kinds
from albert_tf.reporting.evaluations import decision
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.evaluations import evaluation_pictures
from albert_tf.reporting.evaluations import evaluation_tables
from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import titles

# Numbers of pairs of classes and of errors that are shown without a click.
_MAX_PAIRS, _MAX_ERRORS = 12, 10


def content(
    evaluation: evaluation_details.Evaluation, key: str, draws: bool
) -> list[str]:
    """The HTML of an evaluation, after its heading.

    Args:
        evaluation: the evaluation.
        key: a name that is unique in the page.
        draws: whether pictures can be drawn.
    """
    return [
        markup.note(f"Evaluated: {evaluation.origin}."),
        *decision.parts(evaluation),
        *_panels(evaluation, key, draws),
        *_signatures(evaluation),
        *_errors(evaluation),
        *evaluation_tables.duplicates(evaluation),
    ]


def _panels(
    evaluation: evaluation_details.Evaluation, key: str, draws: bool
) -> list[str]:
    report = evaluation.report
    panels = [evaluation_tables.baselines(evaluation)]
    if report["per_class"]:
        panels.append(evaluation_tables.classes(evaluation))
    if draws:
        panels += _pictures(evaluation, key)
    if report["by_range"]:
        panels.append(evaluation_tables.ranges(evaluation))
    if report["residuals"]:
        panels.append(evaluation_tables.residuals(evaluation))
    by_length = report["by_length"]
    for found in [*report["groups"], *([by_length] if by_length else [])]:
        panels.append(evaluation_tables.groups(found, evaluation.metric))
    if report["confused"] and evaluation.confusion is None:
        panels.append(_pairs(evaluation))
    parts = [f'<div class="panels">{"".join(panels)}</div>']
    if evaluation.confusion is not None:
        parts.append(
            markup.folded("Counts as a table", _counts(evaluation.confusion))
        )
    return parts


def _pictures(evaluation: evaluation_details.Evaluation, key: str) -> list[str]:
    report = evaluation.report
    found = []
    if evaluation.confusion is not None:
        found.append(_confusion(evaluation.kind, evaluation.confusion, key))
    if report["points"]:
        drawing = evaluation_pictures.numbers(report["points"], key)
        found.append(_figure("Predictions and labels", drawing))
    if report["calibration"]:
        error = report["calibration"]["expected_calibration_error"]
        before = report["calibration"].get("before")
        drawing = evaluation_pictures.reliability(
            report["calibration"]["bins"],
            f"{key} calibration",
            before["bins"] if before else (),
        )
        was = ""
        if before:
            was = (
                f" Before the calibration, in gray, they were "
                f"{before['expected_calibration_error']:.3f} and "
                f"{before['brier']:.3f}."
            )
        found.append(
            _figure(
                "Are probabilities right as often as they say?",
                drawing,
                f"Expected calibration error {error:.3f}, Brier score "
                f"{report['calibration']['brier']:.3f}.{was} On the dashed "
                "line, probabilities are right; below it, they are too high. "
                "A larger dot stands for more predictions.",
            )
        )
    return found


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


def _pairs(evaluation: evaluation_details.Evaluation) -> str:
    confused = [
        (pair["label"], pair["prediction"], pair["rows"])
        for pair in evaluation.report["confused"]
    ]
    rows = [
        [html.escape(label), html.escape(prediction), f"{count:,}"]
        for label, prediction, count in confused
    ]
    heads = ["label", "predicted", "rows"]
    first = markup.table(heads, rows[:_MAX_PAIRS])
    if len(rows) > _MAX_PAIRS:
        rest = markup.table(heads, rows[_MAX_PAIRS:])
        first += markup.folded(f"{len(rows) - _MAX_PAIRS} more", rest)
    return f"<div><h4>Most often confused</h4>{first}</div>"


def _signatures(evaluation: evaluation_details.Evaluation) -> list[str]:
    """What the metrics of written texts are computed with."""
    found = evaluation.report.get("signatures") or {}
    return [
        markup.note(f"{titles.of(name)}: {text}.")
        for name, text in found.items()
    ]


def _errors(evaluation: evaluation_details.Evaluation) -> list[str]:
    if not evaluation.errors:
        return []
    # Only the first errors say what mattered.
    names = [
        name
        for name in evaluation.errors[0]
        if name not in ("id", "text", "context", "mattered")
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
    if isinstance(error.get("mattered"), str):
        words = html.escape(error["mattered"])
        text += f"<small>what mattered: {words}</small>"
    if isinstance(error.get("context"), str):
        text += f"<small>{html.escape(error['context'])}</small>"
    return text


def _value(value: str | float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return html.escape(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
