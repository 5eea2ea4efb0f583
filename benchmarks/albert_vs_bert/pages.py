"""Costs and trained variants as Markdown and a plot."""

import io
import os
import shlex
import statistics

from benchmarks import report
from data_pipeline.io import files

# Of eval_results.json, with the words for the table's columns.
SCORES = {
    "mlm_loss": "masked-LM loss",
    "mlm_accuracy": "masked-LM accuracy",
    "sentence_order_accuracy": "sentence accuracy",
}
# What is measured, its unit's size, and its words.
_COSTS = {
    "parameters": (1e6, "parameters, millions"),
    "checkpoint_bytes": (1e6, "checkpoint with moments, MB"),
    "optimizer_bytes": (1e6, "moments of the optimizer, MB"),
    "gradient_bytes": (1e6, "gradients to reduce a step, MB"),
    "step_seconds": (1e-3, "a step, ms"),
    "step_memory_gb": (1, "memory of a step, GB"),
    "latency_seconds": (1e-3, "one row through the encoder, ms"),
    "one_worker": (1, "one worker, sequences/s"),
    "two_workers": (1, "two workers, sequences/s"),
    "efficiency": (0.01, "two over twice one, %"),
}


def write(
    path: str,
    costs: dict[str, dict],
    rows: list[dict],
    machine: dict,
    arguments: list[str],
) -> None:
    """Writes the page, and its plot beside it."""
    plot = report.plot_path(path)
    files.write(plot, _plot(rows))
    files.write(path, markdown(costs, rows, machine, arguments, plot).encode())


def markdown(
    costs: dict[str, dict],
    rows: list[dict],
    machine: dict,
    arguments: list[str],
    plot: str,
) -> str:
    command = shlex.join(["python", "-m", "benchmarks.albert_vs_bert"])
    lines = [
        "# ALBERT and BERT",
        "",
        f"    {command} {shlex.join(arguments)}",
        "",
        *(f"* {name}: {value}" for name, value in machine.items()),
        "",
        "## Costs",
        "",
        "| | ALBERT | BERT | BERT / ALBERT |",
        "|---|---:|---:|---:|",
    ]
    for key, (unit, words) in _COSTS.items():
        first, second = (costs[name][key] for name in ("ALBERT", "BERT"))
        # A small model may take no memory that a measurement shows.
        ratio = f"{second / first:.2f}" if first else "-"
        lines.append(
            f"| {words} | {first / unit:.4g} | {second / unit:.4g} | {ratio} |"
        )
    lines += [
        "",
        "## Trained alike",
        "",
        f"Held out, mean of {len(rows[0]['mlm_loss'])} seeds (and the standard "
        "deviation).",
        "",
        f"| | | parameters | {' | '.join(SCORES.values())} |",
        f"|---|---|---:|{'---:|' * len(SCORES)}",
    ]
    for row in rows:
        scores = {key: _mean(row[key]) for key in SCORES}
        if row["sentence_task"] == "none":
            scores["sentence_order_accuracy"] = "-"
        lines.append(
            f"| {row['group']} | {row['name']} | {row['parameters']:,} "
            f"| {' | '.join(scores.values())} |"
        )
    lines += ["", f"![losses]({os.path.basename(plot)})"]
    return "\n".join(lines) + "\n"


def _mean(values: list[float]) -> str:
    mean = statistics.mean(values)
    if len(values) == 1:
        return f"{mean:.4f}"
    return f"{mean:.4f} ({statistics.stdev(values):.4f})"


def _plot(rows: list[dict]) -> bytes:
    """The held-out loss of each variant, a dot for each seed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        figsize=(7, 1.2 + 0.3 * len(rows)), layout="constrained"
    )
    for place, row in enumerate(rows):
        losses = row["mlm_loss"]
        axes.plot(
            losses, [place] * len(losses), "o", color="#0072b2", alpha=0.6
        )
    names = [f"{row['group']}: {row['name']}" for row in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    axes.axvline(
        statistics.mean(rows[0]["mlm_loss"]), color="gray", linewidth=1
    )
    axes.set_xlabel(f"{SCORES['mlm_loss']}, held out (line: mean of ALBERT)")
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    pyplot.close(figure)
    return content.getvalue()
