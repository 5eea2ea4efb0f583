"""Draws architecture.svg: rooms, each above all rooms that it imports.

python -m docs.architecture_figure
"""

import functools
import pathlib

import matplotlib

from tools import imports

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib import patches

WIDTH, ROW, GAP = 10.0, 0.42, 0.12
# Drawn over the whole width, above both packages.
WIDE = ("commands", "workflows")
# Small files, and those with which `python -m albert_tf.export` starts.
LEFT_OUT = {"config_keys", "export", "exits", "loss_checks", "plots"}
LEFT_OUT |= {"published_sizes", "serve"}
COLORS = {
    "commands": "#e8e3f3",
    "workflows": "#d9e8f6",
    "data_pipeline": "#e4f1e2",
    "albert_tf": "#fbeedb",
}


def main() -> None:
    plt.rcParams["svg.hashsalt"] = "albert_tf"  # the same bytes each time
    plt.rcParams["svg.fonttype"] = "none"
    height = 8.6
    figure, axes = plt.subplots(figsize=(WIDTH, height))
    axes.set(xlim=(0, WIDTH), ylim=(0, height))
    axes.axis("off")
    wide(axes, 7.9, "commands", "flags of albert-tf to configs")
    wide(
        axes,
        6.9,
        "workflows",
        "config to result: build_records, pretrain, finetune, export, ...",
    )
    column(axes, 0.1, 4.1, "data_pipeline", "text to batches, no Keras")
    column(axes, 5.0, 4.9, "albert_tf", "batches to model to export")
    arrow(axes, (5.0, 7.9), (5.0, 7.32))
    arrow(axes, (2.15, 6.9), (2.15, 6.32))
    arrow(axes, (7.45, 6.9), (7.45, 6.32))
    axes.text(
        4.6,
        3.2,
        "no imports",
        rotation=90,
        ha="center",
        va="center",
        color="#777777",
        fontsize=10,
        style="italic",
    )
    figure.savefig(
        pathlib.Path(__file__).parent / "architecture.svg",
        bbox_inches="tight",
        metadata={"Date": None},
    )
    return figure


def rows_of(package: str) -> list[list[str]]:
    """The rooms of a package, row by row; the lowest import no other."""
    arrows = imports.arrows()

    @functools.cache
    def height(room: str) -> int:
        others = map(imports.room_of, arrows.get(room, ()))
        return 1 + max(map(height, {*others} - {room}), default=-1)

    rooms = {
        imports.room_of(module)
        for module in imports.MODULES
        if module.startswith(f"{package}.") and "__main__" not in module
    }
    rows: dict[int, list[str]] = {}
    for room in sorted(rooms):
        name = room.removeprefix(f"{package}.")
        if name not in LEFT_OUT and name not in WIDE:
            rows.setdefault(height(room), []).append(name)
    return [rows[number] for number in sorted(rows, reverse=True)]


def wide(axes, y: float, name: str, about: str) -> None:
    """A room over the whole width."""
    box(axes, 0.1, y, WIDTH - 0.2, ROW, COLORS[name])
    axes.text(0.35, y + ROW / 2, f"{name}/", va="center", weight="bold")
    axes.text(1.75, y + ROW / 2, about, va="center", color="#444444")


def column(axes, x, width, name, about) -> None:
    """A package: its rooms, row by row, with an arrow down at the side."""
    rows = rows_of(name)
    top, bottom = 6.32, 0.1
    box(axes, x, bottom, width, top - bottom, COLORS[name])
    axes.text(x + 0.2, top - 0.33, f"{name}/", va="center", weight="bold")
    axes.text(
        x + width - 0.2,
        top - 0.33,
        about,
        va="center",
        ha="right",
        color="#444444",
        fontsize=9,
    )
    step = (top - bottom - 0.75) / len(rows)
    inner = width - 0.75
    for number, row in enumerate(rows):
        y = top - 0.65 - (number + 1) * step + GAP
        share = inner / len(row)
        for place, room in enumerate(row):
            left = x + 0.2 + place * share
            box(axes, left, y, share - 0.1, ROW, "white")
            axes.text(
                left + (share - 0.1) / 2,
                y + ROW / 2,
                room,
                ha="center",
                va="center",
                fontsize=8,
            )
    side = x + width - 0.3
    arrow(axes, (side, top - 0.75), (side, bottom + 0.25))
    axes.text(
        side + 0.16,
        (top + bottom) / 2,
        "imports",
        rotation=90,
        ha="center",
        va="center",
        color="#777777",
        fontsize=9,
    )


def box(axes, x, y, width, height, color) -> None:
    axes.add_patch(
        patches.FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=color,
            edgecolor="#8a8a8a",
            linewidth=0.8,
        )
    )


def arrow(axes, start, end) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": "#666666", "lw": 1.2},
    )


if __name__ == "__main__":
    main()
