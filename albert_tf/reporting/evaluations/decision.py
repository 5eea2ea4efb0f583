"""The top of an evaluation: what one can decide from it."""

import html

from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.parts import markup
from albert_tf.reporting.parts import titles


def parts(evaluation: evaluation_details.Evaluation) -> list[str]:
    """The HTML of the verdict, the most important numbers and the findings."""
    report = evaluation.report
    return [
        f'<p class="verdict">{html.escape(report["verdict"])}</p>',
        f'<div class="tiles">{"".join(_tiles(evaluation))}</div>',
        *_findings(report["findings"]),
    ]


def _tiles(evaluation: evaluation_details.Evaluation) -> list[str]:
    report = evaluation.report
    metric = report["metric"]
    below = ""
    if metric["low"] is not None:
        below = f"95% interval {metric['low']:.3f} to {metric['high']:.3f}"
    tiles = [
        markup.tile(
            titles.of(metric["name"]), markup.number(metric["value"]), below
        )
    ]
    for row in report["baselines"]:
        value = row["metrics"].get(metric["name"])
        if value is not None:
            tiles.append(
                markup.tile(
                    f"baseline: {row['short']}",
                    markup.number(value),
                    row["name"],
                )
            )
    count = report["errors"]["count"]
    wrong = "" if count is None else f"{count:,} wrong"
    tiles.append(markup.tile("rows evaluated", f"{report['rows']:,}", wrong))
    return tiles


def _findings(findings: list[str]) -> list[str]:
    if not findings:
        return []
    items = "".join(f"<li>{html.escape(each)}</li>" for each in findings)
    return ["<h4>Findings</h4>", f'<ul class="findings">{items}</ul>']
