"""Measured rows as Markdown and a plot."""

import io
import os
import shlex

from benchmarks import cases
from benchmarks import machine as machine_lib
from data_pipeline.io import files
from data_pipeline.io import outputs


def check_free(path: str) -> None:
    """Raises FileExistsError if the report or its plot is there, and
    ImportError if the plot cannot be drawn."""
    for place in (path, plot_path(path)):
        outputs.refuse_to_overwrite(place)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ImportError(
            "Plotting needs matplotlib. Install it with: pip install "
            "'albert_tf[bench]'"
        ) from None


def plot_path(path: str) -> str:
    return os.path.splitext(path)[0] + ".png"


def write(
    path: str,
    rows: list[dict],
    machine: dict,
    quick: bool,
    arguments: list[str],
) -> None:
    """Writes the report, and its plot beside it."""
    files.write(plot_path(path), _plot(rows))
    text = markdown(rows, machine, quick, arguments, plot_path(path))
    files.write(path, text.encode())


def markdown(
    rows: list[dict],
    machine: dict,
    quick: bool,
    arguments: list[str],
    plot: str,
) -> str:
    command = shlex.join(["python", "-m", "benchmarks.run", *arguments])
    lines = ["# Ours and its peers", "", f"    {command}", ""]
    if quick:
        lines += [
            "Measured with --quick: the figures are not meaningful.",
            "",
        ]
    if machine["load_before"] > machine_lib.BUSY:
        lines += [machine_lib.warning(machine), ""]
    lines += [f"* {name}: {value}" for name, value in machine.items()]
    lines += [f"* {name}: {value}" for name, value in versions(rows).items()]
    lines += ["", f"![ratios]({os.path.basename(plot)})"]
    case = None
    for row in rows:
        if row["case"] != case:
            case = row["case"]
            lines += [
                "",
                f"## {case}",
                "",
                f"| contestant | {row['figure']}, median | spread | "
                "times ours | floor share | memory, GB | size, MB |",
                "|---|---:|---:|---:|---:|---:|---:|",
            ]
        lines.append(_line(row))
    return "\n".join(lines) + "\n"


def versions(rows: list[dict]) -> dict[str, str]:
    """Of each library, by the environment that has it."""
    environments = {
        name: contestant.peer or "ours"
        for case in cases.CASES.values()
        for name, contestant in case.contestants.items()
    }
    found = {}
    for row in rows:
        for library, version in (
            row.get("details", {}).get("versions", {}).items()
        ):
            contestant = row["contestant"]
            place = environments.get(contestant, contestant)
            found[f"{library} of {place}"] = version
    return found


def _line(row: dict) -> str:
    if "error" in row:
        return f"| {row['contestant']} | failed | | | | | |"
    details = row.get("details", {})
    share = row.get("floor_share")
    ratio = row.get("ratio_to_ours")
    cells = [
        row["contestant"],
        f"{row['median']:.4g}",
        f"{row['spread']:.0%}",
        "" if ratio is None else f"{ratio:.2f}",
        "" if share is None else f"{share:.0%}",
        _number(details.get("memory_gb", details.get("process_memory_gb"))),
        _number(details.get("size_mb")),
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _plot(rows: list[dict]) -> bytes:
    """Bars: how many times what ours takes the others take."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [
        row
        for row in rows
        if "ratio_to_ours" in row and row["contestant"] != "ours"
    ]
    figure, axes = pyplot.subplots(
        figsize=(8, 1.2 + 0.25 * len(shown)), layout="constrained"
    )
    names = [f"{row['case']}  {row['contestant']}" for row in shown]
    axes.barh(range(len(shown)), [row["ratio_to_ours"] for row in shown])
    axes.set_yticks(range(len(shown)), names, fontsize=7)
    axes.invert_yaxis()
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xlabel("times what ours takes (more is slower or larger)")
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    pyplot.close(figure)
    return content.getvalue()
