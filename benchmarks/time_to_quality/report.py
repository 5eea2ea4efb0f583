"""Measured recipes as a table, curves and a JSON file."""

import io
import json
import os
import shlex
import statistics
from collections.abc import Iterable

from albert_tf import plots
from benchmarks import machine as machine_lib
from benchmarks.time_to_quality import recipes
from data_pipeline.io import files


def write(
    path: str,
    runs: list[dict],
    machine: dict,
    arguments: list[str],
    minutes: float,
    layers: int,
    clock: str,
) -> None:
    """Writes the report, its curves and its figures side by side.

    Args:
        path: of the report, .md.
        runs: results of `Bench.measure`, Google's recipe among them.
        machine: from `machine.describe`.
        arguments: of the command line.
        minutes: of a whole run.
        layers: the model's.
        clock: what seconds are of: "wall clock", for example.
    """
    base = os.path.splitext(path)[0]
    files.write(f"{base}.png", curves(runs, clock))
    figures = {"machine": machine, "arguments": arguments, "runs": runs}
    files.write(f"{base}.json", json.dumps(figures, indent=1).encode())
    command = shlex.join(["python", "-m", "benchmarks.time_to_quality"])
    lines = [
        "# Time to quality",
        "",
        f"    {command} {shlex.join(arguments)}",
        "",
    ]
    if machine["load_before"] > machine_lib.BUSY:
        lines += [machine_lib.warning(machine), ""]
    lines += [f"* {name}: {value}" for name, value in machine.items()]
    picture = os.path.basename(base)
    lines += [
        "",
        f"![held-out loss over time]({picture}.png)",
        "",
        *table(runs, minutes, layers),
        "",
        "Held-out masked-LM loss in nats, after the share of the minutes in "
        "the head of the column: the mean over seeds, with the lowest and the "
        f"highest. Time to Google's loss: the median over seeds of {clock}, "
        "start included, at the first scored checkpoint of the whole "
        "model, in a run of any length, that is at least as good as Google's "
        f"recipe after {minutes:g} minutes (the mean over seeds, in the same "
        "precision); and its share of those minutes.",
        "",
    ]
    files.write(path, "\n".join(lines).encode())


def table(runs: list[dict], minutes: float, layers: int) -> list[str]:
    """Lines of Markdown: a row for each recipe and precision."""
    budgets = sorted({run["minutes"] for run in runs})
    heads = [f"{budget:g} min" for budget in budgets]
    lines = [
        "| recipe | precision | rate | rows/s | "
        + " | ".join(heads)
        + " | time to Google's loss |",
        "|---|---|---:|---:|" + "---:|" * (len(heads) + 1),
    ]
    kinds = dict.fromkeys((run["recipe"], run["precision"]) for run in runs)
    for recipe, precision in kinds:
        same = [
            run
            for run in runs
            if (run["recipe"], run["precision"]) == (recipe, precision)
        ]
        cells = [
            _loss(run for run in same if run["minutes"] == budget)
            for budget in budgets
        ]
        speed = statistics.median(run["rows_per_second"] for run in same)
        reached = _reached(same, target(runs, precision), minutes, layers)
        lines.append(
            f"| {recipe} | {precision} | {same[0]['learning_rate']:g} | "
            f"{speed:.0f} | " + " | ".join(cells) + f" | {reached} |"
        )
    return lines


def target(runs: list[dict], precision: str) -> float:
    """The loss of Google's recipe at its end, over seeds."""
    return statistics.mean(
        run["points"][-1]["loss"]
        for run in runs
        if (run["recipe"], run["precision"]) == (recipes.GOOGLE, precision)
    )


def seconds_to(runs: Iterable[dict], loss: float, layers: int) -> float | None:
    """Seconds of the first whole model with at most this loss; None if there
    is none."""
    return min(
        (
            point["seconds"]
            for run in runs
            for point in run["points"]
            if point["num_layers"] == layers and point["loss"] <= loss
        ),
        default=None,
    )


def _loss(runs: Iterable[dict]) -> str:
    losses = [run["points"][-1]["loss"] for run in runs]
    if not losses:
        return "–"
    text = f"{statistics.mean(losses):.3f}"
    if len(losses) > 1:
        text += f" ({min(losses):.3f} to {max(losses):.3f})"
    return text


def _reached(runs: list[dict], loss: float, minutes: float, layers: int) -> str:
    seeds = {run["seed"] for run in runs}
    found = [
        seconds_to((run for run in runs if run["seed"] == seed), loss, layers)
        for seed in seeds
    ]
    known = [seconds for seconds in found if seconds is not None]
    if len(known) < len(found):
        return f"not reached by {len(found) - len(known)} of {len(found)}"
    middle = statistics.median(known)
    return f"{middle:,.0f} s, {middle / (60 * minutes):.2f}"


def curves(runs: list[dict], clock: str) -> bytes:
    """A PNG: loss over seconds, a panel for each precision."""
    from matplotlib import figure as matplotlib_figure

    precisions = list(dict.fromkeys(run["precision"] for run in runs))
    names = list(dict.fromkeys(run["recipe"] for run in runs))
    figure = matplotlib_figure.Figure(
        figsize=(1 + 6.5 * len(precisions), 4.8), layout="constrained"
    )
    axes = figure.subplots(1, len(precisions), squeeze=False, sharey=True)[0]
    for axis, precision in zip(axes, precisions, strict=True):
        shown = set()
        for run in runs:
            if run["precision"] != precision:
                continue
            name = run["recipe"]
            axis.plot(
                [point["seconds"] for point in run["points"]],
                [point["loss"] for point in run["points"]],
                color=plots.color(names.index(name)),
                label=None if name in shown else name,
                marker="o",
                markersize=3,
                linewidth=1.2,
            )
            shown.add(name)
        axis.axhline(
            target(runs, precision),
            color="gray",
            linestyle="--",
            linewidth=1,
            label="Google's recipe at its end",
        )
        axis.set_title(precision)
        axis.set_xlabel(f"seconds of {clock}")
        axis.grid(alpha=0.25, linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False)
    axes[0].set_ylabel("held-out masked-LM loss (nats)")
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=120)
    return written.getvalue()
