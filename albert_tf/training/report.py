"""Runs side by side: a page of curves and numbers, and a table on the screen.

    python -m albert_tf.training.report runs/first runs/second \
        --output=report.html

prints the held-out metrics of each run next to their baselines and writes one
HTML page that holds all it needs. Of a single run it also draws curves.png, into
the run's folder. Takes matplotlib.
"""

import os
import sys

import tensorflow as tf
from absl import app
from absl import flags

from albert_tf.training import report_figures
from albert_tf.training import report_page
from albert_tf.training import report_panels
from albert_tf.training import report_runs

CURVES_FILE = "curves.png"
PAGE_FILE = "report.html"

_FLAGS = flags.FLAGS
# What wrong input can cause; anything else is a bug and keeps its traceback.
_USER_ERRORS = (ImportError, OSError, ValueError, tf.errors.OpError)


def table(results: dict[str, float]) -> str:
    """The held-out metrics of `run_pretraining.py --do_eval`, as text."""
    lines = [f"{'held out':<26}{'model':>8}{'baseline':>10}"]
    for metric, (title, baseline, name) in report_panels.BASELINES.items():
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


def draw_curves(run: report_runs.Run, path: str) -> None:
    """Draws what is evaluated over the steps into a PNG.

    Raises:
        ImportError: matplotlib is not installed.
    """
    report_figures.check_matplotlib()
    from matplotlib import figure as figures

    shown = [
        panel
        for found in report_panels.panels([run]).values()
        for panel in found
        if panel.key in report_panels.BASELINES
    ]
    figure = figures.Figure(figsize=(15, 4.2), layout="constrained")
    axes = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axis, panel in zip(axes, shown, strict=False):
        report_figures.draw(
            axis, panel.lines, baselines=panel.baselines, marks=panel.marks
        )
        axis.set(title=panel.title, xlabel="step")
    figure.savefig(path, dpi=120)


def main(argv: list[str]) -> None:
    folders = argv[1:]
    if not folders:
        raise app.UsageError("Name the folders of one run or more.")
    try:
        _report(folders, _FLAGS.output or os.path.join(folders[0], PAGE_FILE))
    except _USER_ERRORS as error:
        sys.exit(f"Error: {error}")


def _report(folders: list[str], output: str) -> None:
    if not output.endswith(".html"):
        raise ValueError(
            "--output names the .html file to write. Received: "
            f"{output!r}, which may be something else."
        )
    report_figures.check_matplotlib()
    runs = report_runs.read_runs(folders)
    for run in runs:
        if run.results is not None:
            print(table(run.results) if len(runs) == 1 else _titled_table(run))
    if len(runs) == 1:
        curves = os.path.join(folders[0], CURVES_FILE)
        with tf.io.gfile.GFile(curves, "wb") as file:
            draw_curves(runs[0], file)
        print(f"Curves: {curves}")
    page = report_page.page(runs)
    with tf.io.gfile.GFile(output, "w") as file:
        file.write(page)
    print(f"Page: {output}")


def _titled_table(run: report_runs.Run) -> str:
    return f"{run.name}\n{table(run.results)}\n"


if __name__ == "__main__":
    flags.DEFINE_string(
        "output",
        None,
        "The page. Default: report.html in the folder of the first run. "
        "Replaced if it is there.",
    )
    app.run(main)
