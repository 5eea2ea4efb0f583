"""Compares runs: a page, and a table on the screen."""

import os

import tensorflow as tf
from absl import app
from absl import flags

from albert_tf.training.report import figures
from albert_tf.training.report import page as page_lib
from albert_tf.training.report import panels
from albert_tf.training.report import runs as runs_lib
from data_pipeline import outputs

CURVES_FILE = "curves.png"
PAGE_FILE = "report.html"

_FLAGS = flags.FLAGS


def table(results: dict[str, float]) -> str:
    """The held-out metrics of --do_eval, as text."""
    if "score" in results:  # of fine-tuning
        return "\n".join(
            f"{name:<26}{value:>10.4f}" for name, value in results.items()
        )
    lines = [f"{'held out':<26}{'model':>8}{'baseline':>10}"]
    for metric, (title, baseline, name) in panels.BASELINES.items():
        if metric in results and baseline in results:
            lines.append(
                f"{title:<26}{results[metric]:>8.3f}{results[baseline]:>10.3f}"
                f"  {name}"
            )
    if "masked_tokens" in results and "examples" in results:
        lines.append(
            f"over {results['masked_tokens']:,} masked tokens, "
            f"{results['examples']:,} sentence-order examples"
        )
    return "\n".join(lines)


def draw_curves(run: runs_lib.Run, file) -> None:
    """Draws what is evaluated over the steps, as a PNG into a binary file.

    Raises:
        ImportError: matplotlib is not installed.
    """
    figures.check_matplotlib()
    from matplotlib import figure as matplotlib_figure

    shown = [
        panel
        for found in panels.panels([run]).values()
        for panel in found
        if panel.key in (*panels.BASELINES, "score")
    ]
    figure = matplotlib_figure.Figure(figsize=(15, 4.2), layout="constrained")
    axes = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axis, panel in zip(axes, shown, strict=False):
        figures.draw(
            axis, panel.lines, baselines=panel.baselines, marks=panel.marks
        )
        axis.set(title=panel.title, xlabel="step")
        axis.legend(*_png_legend(panel))
    figure.savefig(file, format="png", dpi=120)


def _png_legend(panel: panels.Panel):
    """Handles and labels of what the panel has."""
    from matplotlib import lines

    shade = figures.colour(0)
    kinds = {line.kind for line in panel.lines}
    handles = {}
    if "train" in kinds:
        handles["training"] = {"color": shade, "alpha": 0.55}
    if "eval" in kinds:
        handles["held out"] = {"color": shade, "marker": "o", "markersize": 4}
    if panel.baselines:
        _, _, name = panels.BASELINES[panel.key]
        handles[name] = {"color": "gray", "linestyle": "--"}
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
    figures.check_matplotlib()
    runs = runs_lib.read_runs(folders)
    for run in runs:
        if run.results is not None:
            print(table(run.results) if len(runs) == 1 else _titled_table(run))
    if len(runs) == 1:
        curves = os.path.join(folders[0], CURVES_FILE)
        with tf.io.gfile.GFile(curves, "wb") as file:
            draw_curves(runs[0], file)
        print(f"Curves: {curves}")
    page = page_lib.page(runs)
    with tf.io.gfile.GFile(output, "w") as file:
        file.write(page)
    print(f"Page: {output}")


def _titled_table(run: runs_lib.Run) -> str:
    return f"{run.name}\n{table(run.results)}\n"
