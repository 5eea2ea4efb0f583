"""Scored answers as one table, and all figures as JSON."""

import json
import os
import shlex
import statistics

from benchmarks import machine as machine_lib
from benchmarks.translation import scores
from data_pipeline.io import files

METRICS = {
    "bleu": "BLEU",
    "chrf": "chrF",
    **{name: name.replace("rouge", "ROUGE-") for name in scores.ROUGES},
}


def write(
    path: str, rows: list[dict], machine: dict, arguments: list[str]
) -> None:
    """Writes the report and its figures side by side.

    Args:
        path: of the report, .md.
        rows: of all contestants; see `table`.
        machine: from `machine.describe`.
        arguments: of the command line.
    """
    base = os.path.splitext(path)[0]
    figures = {"machine": machine, "arguments": arguments, "rows": rows}
    files.write(f"{base}.json", json.dumps(figures, indent=1).encode())
    command = shlex.join(["python", "-m", "benchmarks.translation"])
    lines = ["# Translation", "", f"    {command} {shlex.join(arguments)}", ""]
    if machine["load_before"] > machine_lib.BUSY:
        lines += [machine_lib.warning(machine), ""]
    lines += [f"* {name}: {value}" for name, value in machine.items()]
    signatures = {row["scores"]["signature"]: None for row in rows}
    lines += [
        "",
        *table(rows),
        "",
        "Each cell: the mean over seeds, with the lowest and the highest; of "
        "one run, the score with its 95% interval over examples. BLEU's "
        f"signature in sacrebleu: {', '.join(signatures)}. ROUGE by "
        "rouge-score, F-measures in percent, without stemming; letters of "
        "scripts without spaces count as words.",
        "",
    ]
    files.write(path, "\n".join(lines).encode())


def table(rows: list[dict]) -> list[str]:
    """Lines of Markdown: one for each contestant.

    Args:
        rows: contestant, seed; scores, from `scores.score`; and of models
            parameters, seconds and processor_seconds of the training.
    """
    heads = ["contestant", "parameters", "minutes", "seeds", *METRICS.values()]
    lines = [
        f"| {' | '.join(heads)} |",
        "|---|" + "---:|" * (len(heads) - 1),
    ]
    for name in dict.fromkeys(row["contestant"] for row in rows):
        same = [row for row in rows if row["contestant"] == name]
        cells = [name, *_costs(same)]
        cells += [
            _cell(metric, [row["scores"] for row in same]) for metric in METRICS
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _costs(rows: list[dict]) -> list[str]:
    if "seconds" not in rows[0]:
        return ["–", "–", "–"]
    minutes = statistics.mean(row["seconds"] for row in rows) / 60
    return [f"{rows[0]['parameters']:,}", f"{minutes:.1f}", str(len(rows))]


def _cell(metric: str, found: list[dict]) -> str:
    values = [one[metric] for one in found]
    low, high = min(values), max(values)
    if len(found) == 1:
        low, high = found[0]["intervals"][metric]
    return f"{statistics.mean(values):.1f} ({low:.1f} to {high:.1f})"
