"""albert_tf.report: compares runs on a page and in tables."""

import os
from typing import Any
from typing import BinaryIO
from typing import NamedTuple

import tensorflow as tf

from albert_tf import plots
from albert_tf.reporting import figures
from albert_tf.reporting import page as report_page
from albert_tf.reporting import panels
from albert_tf.reporting import run_data
from albert_tf.reporting import text_table
from albert_tf.reporting.parts import titles
from albert_tf.workflows.configs import report as report_config
from data_pipeline.io import outputs

CURVES_FILE = "curves.png"
PAGE_FILE = "report.html"


class ReportResult(NamedTuple):
    """The output of a report.

    Attributes:
        page: path of the HTML page.
        tables: for each run, its name and a text table of its held-out metrics
            alongside their baselines.
        curves: path of the PNG file with the curves of a single run; None for
            several runs, and without matplotlib.
        has_pictures: whether the page has pictures, which need matplotlib.
    """

    page: str
    tables: tuple[tuple[str, str], ...]
    curves: str | None
    has_pictures: bool


def report(config: report_config.ReportConfig) -> ReportResult:
    """Writes one self-contained HTML page that compares runs.

    For a single run, it also draws curves.png into the run's folder. Pictures
    need matplotlib.

    Args:
        config: the runs, and the page to write.
    Returns:
        The files that were written, and the metrics of each run.
    Raises:
        ValueError: no run is named, a run's files are damaged, or the page is
            not named .html.
        OSError: the files cannot be read or written.

    Example:
        >>> config = albert_tf.ReportConfig(runs=("pretrained",))
        >>> albert_tf.report(config).page  # doctest: +SKIP
        'pretrained/report.html'
    """
    output = _output(config)
    runs = run_data.read_runs(config.runs)
    tables = tuple((run.name, text_table.table(run)) for run in runs)
    has_pictures = plots.is_drawable()
    curves = None
    if has_pictures and len(runs) == 1:
        curves = os.path.join(config.runs[0], CURVES_FILE)
        with tf.io.gfile.GFile(curves, "wb") as file:
            draw_curves(runs[0], file)
    # A name may contain lone surrogates, which UTF-8 cannot encode.
    page = report_page.page(runs).encode("utf-8", "backslashreplace")
    with tf.io.gfile.GFile(output, "wb") as file:
        file.write(page)
    return ReportResult(output, tables, curves, has_pictures)


def draw_curves(run: run_data.Run, file: BinaryIO) -> None:
    """Draws the held-out metrics of a run over its steps, as a PNG."""
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


def _png_legend(panel: panels.Panel) -> tuple[list[Any], list[str]]:
    """Handles and labels of the kinds of lines in a panel."""
    from matplotlib import lines

    shade = plots.color(0)
    kinds = {line.kind for line in panel.lines}
    handles: dict[str, dict[str, Any]] = {}
    if "train" in kinds:
        handles["training"] = {"color": shade, "alpha": 0.55}
    if "eval" in kinds:
        handles["held out"] = {"color": shade, "marker": "o", "markersize": 4}
    if panel.baselines:
        handles[panel.baseline_name] = {"color": "gray", "linestyle": "--"}
    return [lines.Line2D([], [], **style) for style in handles.values()], [
        *handles
    ]


def _output(config: report_config.ReportConfig) -> str:
    """The page to write."""
    if not config.runs:
        raise ValueError(
            "`runs` must name the folder of at least one run. Received: no run."
        )
    output = config.output or os.path.join(config.runs[0], PAGE_FILE)
    if not output.endswith(".html"):
        raise ValueError(
            "--output must end in .html, since an existing file is "
            f"overwritten. Received: {output!r}."
        )
    outputs.check_file(output, "--output")
    return output
