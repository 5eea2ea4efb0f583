"""Compares runs: a page, and a table on the screen."""

import os

import tensorflow as tf
from absl import app
from absl import flags

from albert_tf import plots
from albert_tf.report import figures
from albert_tf.report import page as page_lib
from albert_tf.report import panels
from albert_tf.report import runs as runs_lib
from albert_tf.report import text_table
from albert_tf.report import titles
from data_pipeline.io import outputs

CURVES_FILE = "curves.png"
PAGE_FILE = "report.html"

_FLAGS = flags.FLAGS


def draw_curves(run: runs_lib.Run, file) -> None:
    """Draws what is evaluated over the steps, as a PNG into a binary file."""
    from matplotlib import figure as matplotlib_figure

    shown = [
        panel
        for found in panels.panels([run]).values()
        for panel in found
        if panel.key in (*titles.BASELINES, "loss", run.main_metric)
        and any(line.kind == "eval" for line in panel.lines)
    ]
    figure = matplotlib_figure.Figure(figsize=(15, 4.2), layout="constrained")
    axes = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axis, panel in zip(axes, shown, strict=False):
        figures.draw(
            axis,
            panel.lines,
            baselines=panel.baselines,
            marks=panel.marks,
            bests=panel.bests,
        )
        axis.set(title=panel.title, xlabel="step")
        axis.legend(*_png_legend(panel))
    figure.savefig(file, format="png", dpi=120)


def _png_legend(panel: panels.Panel):
    """Handles and labels of what the panel has."""
    from matplotlib import lines

    shade = plots.color(0)
    kinds = {line.kind for line in panel.lines}
    handles = {}
    if "train" in kinds:
        handles["training"] = {"color": shade, "alpha": 0.55}
    if "eval" in kinds:
        handles["held out"] = {"color": shade, "marker": "o", "markersize": 4}
    if panel.baselines:
        handles[panel.baseline_name] = {"color": "gray", "linestyle": "--"}
    return [lines.Line2D([], [], **style) for style in handles.values()], [
        *handles
    ]


def main(argv: list[str]) -> None:
    folders = argv[1:]
    if not folders:
        raise app.UsageError("Name the folder of at least one run.")
    output = _FLAGS.output or os.path.join(folders[0], PAGE_FILE)
    if not output.endswith(".html"):
        raise ValueError(
            "--output must name an .html file, since it is overwritten. "
            f"Received: {output!r}."
        )
    outputs.check_file(output, "--output")
    runs = runs_lib.read_runs(folders)
    for run in runs:
        print(f"{run.name}\n{text_table.table(run)}\n")
    if not plots.is_drawable():
        print(page_lib.NO_PICTURES)
    elif len(runs) == 1:
        curves = os.path.join(folders[0], CURVES_FILE)
        with tf.io.gfile.GFile(curves, "wb") as file:
            draw_curves(runs[0], file)
        print(f"Curves: {curves}")
    # A name may hold half a character, which no file can.
    page = page_lib.page(runs).encode("utf-8", "backslashreplace")
    with tf.io.gfile.GFile(output, "wb") as file:
        file.write(page)
    print(f"Page: {output}")
