"""The tables of an evaluation: baselines, classes, groups and ranges."""

import html
from typing import Any

from albert_tf import kinds
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import titles

# Number of classes that are shown without a click.
_MAX_CLASSES = 12
_HEADS = {
    "support": "rows",
    "roc_auc": "ROC area",
    "average_precision": "PR area",
}
_RESIDUALS = {
    "mean": "mean",
    "mean_absolute": "mean absolute",
    "standard_deviation": "standard deviation",
    "quantile_05": "5th percentile",
    "median": "median",
    "quantile_95": "95th percentile",
}


def baselines(evaluation: evaluation_details.Evaluation) -> str:
    """The model and its baselines, side by side."""
    report = evaluation.report
    metric = report["metric"]["name"]
    names = [metric]
    names += [
        name
        for name in report["metrics"]
        if name != metric
        and titles.is_main(name)
        and name != "loss"
        and "/" not in name
    ][:3]
    rows = [["model", *(_cell(report["metrics"].get(n)) for n in names), ""]]
    for row in report["baselines"]:
        text = html.escape(row["name"])
        if row["trained_rows"] is not None:
            text += f"<small>from {row['trained_rows']:,} training rows</small>"
        else:
            text += "<small>from the evaluated rows</small>"
        values = [_cell(row["metrics"].get(name)) for name in names]
        rows.append([text, *values, _difference(row["difference"])])
    heads = ["", *(html.escape(titles.of(name)) for name in names)]
    heads.append("model minus baseline")
    return (
        '<div class="wide"><h4>Beside models without a network</h4>'
        f"{markup.table(heads, rows, 'numbers')}</div>"
    )


def classes(evaluation: evaluation_details.Evaluation) -> str:
    """Scores by class, the lowest F1 first if there are many."""
    report = evaluation.report
    rows, averages = report["per_class"], report["averages"]
    heads = [name for name in rows[0] if name != "name"]

    def table(shown: list[dict[str, Any]]) -> str:
        cells = [
            [html.escape(row["name"]), *(_cell(row.get(h, "")) for h in heads)]
            for row in shown
        ]
        names = [html.escape(_HEADS.get(h) or titles.of(h)) for h in heads]
        return markup.table(["", *names], cells, "numbers")

    kind = kinds.KINDS.get(evaluation.kind)
    title = kind.groups if kind else "Classes"
    if len(rows) <= _MAX_CLASSES:
        shown = table([*rows, *averages])
        return f'<div class="wide"><h4>{title}</h4>{shown}</div>'
    ordered = sorted(rows, key=lambda row: row["f1"])
    rest = markup.folded(f"All {len(rows)}", table(rows))
    return (
        f'<div class="wide"><h4>{title}: the {_MAX_CLASSES} with the lowest F1'
        f"</h4>"
        f"{table([*ordered[:_MAX_CLASSES], *averages])}{rest}</div>"
    )


def groups(found: dict[str, Any], metric: str) -> str:
    """The metric by group, with intervals and the largest gap."""
    rows = [
        [
            html.escape(row["name"]),
            _cell(row["value"]),
            "too few rows" if row["too_small"] else _interval(row),
            f"{row['rows']:,}",
        ]
        for row in found["groups"]
    ]
    heads = ["", "value", "95% interval", "rows"]
    notes = []
    gap = found["gap"]
    if gap:
        worst, best = (html.escape(gap[name]) for name in ("worst", "best"))
        noise = "no more than" if gap["is_noise"] else "more than"
        notes.append(
            f"Largest gap: {gap['value']:.3f}, from {worst} to "
            f"{best}; {noise} random groups of these sizes would have."
        )
    if found["left_out"]:
        notes.append(f"{found['left_out']:,} smaller groups are not shown.")
    note = f'<p class="note">{" ".join(notes)}</p>' if notes else ""
    return (
        f"<div><h4>{html.escape(titles.of(metric))} by "
        f"{html.escape(found['column'])}</h4>"
        f"{markup.table(heads, rows, 'numbers')}{note}</div>"
    )


def ranges(evaluation: evaluation_details.Evaluation) -> str:
    """Errors of numbers by range of the label."""
    rows = [
        [
            f"{row['low']:.4g} to {row['high']:.4g}",
            *(
                f"{row[name]:.3g}"
                for name in (
                    "mean_error",
                    "mean_absolute_error",
                    "root_mean_squared_error",
                )
            ),
            f"{row['rows']:,}",
        ]
        for row in evaluation.report["by_range"]
    ]
    heads = ["label", "mean error", "mean absolute error", "RMSE", "rows"]
    table = markup.table(heads, rows, "numbers")
    return f"<div><h4>Errors by range of the label</h4>{table}</div>"


def residuals(evaluation: evaluation_details.Evaluation) -> str:
    """Statistics of predictions minus labels."""
    rows = [
        [html.escape(_RESIDUALS.get(name, name)), f"{value:.4g}"]
        for name, value in evaluation.report["residuals"].items()
    ]
    table = markup.table([], rows, "numbers")
    return f"<div><h4>Prediction minus label</h4>{table}</div>"


def duplicates(evaluation: evaluation_details.Evaluation) -> list[str]:
    """Evaluated texts that are also training texts; empty without any."""
    found = evaluation.report["duplicates"]
    if not found or not found["rows"]:
        return []
    text = (
        f"{found['rows']:,} evaluated rows ({found['share']:.1%}) are also in "
        f"the training data, or nearly; {found['exact']:,} differ only in "
        "case, punctuation or spaces."
    )
    if found["metric_without"] is not None:
        text += (
            f" Without them, the metric is "
            f"{markup.number(found['metric_without'])}."
        )
    rows = [
        [
            html.escape(row["text"]),
            html.escape(row["training_text"]),
            f"{row['similarity']:.2f}",
        ]
        for row in found["examples"]
    ]
    heads = ["evaluated text", "training text", "similarity"]
    table = markup.table(heads, rows, "texts")
    return [
        "<h4>Duplicates of training data</h4>",
        markup.note(text),
        markup.folded(f"{len(rows)} examples", table),
    ]


def _difference(found: dict[str, Any] | None) -> str:
    if found is None:
        return "–"
    return f"{found['value']:+.3f}<small>{_interval(found)}</small>"


def _interval(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return "–"
    return f"{row['low']:.3f} to {row['high']:.3f}"


def _cell(value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
