"""Compares runs: a page of curves and numbers, and a table on the screen.

    albert-tf report pretrained
    albert-tf report run runs/sst-2 --output=report.html

prints the held-out metrics of each run alongside their baselines and writes one
self-contained HTML page. For a single run, it also draws curves.png into the
run's folder. Needs matplotlib.
"""

from typing import TYPE_CHECKING
from typing import Any

from absl import app

from albert_tf.workflows.configs import report
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.report import ReportResult


def run() -> None:
    config_flags.run(
        report.ReportConfig,
        "albert_tf.workflows.report:report",
        __doc__,
        show=_show,
        check=_check,
    )


def _check(argv: list[str], values: dict[str, Any]) -> None:
    if len(argv) < 2:
        raise app.UsageError("Name the folder of at least one run.")


def _show(result: "ReportResult") -> None:
    from albert_tf.reporting.parts import markup

    for name, table in result.tables:
        print(f"{name}\n{table}\n")
    if not result.has_pictures:
        print(markup.NO_PICTURES)
    elif result.curves is not None:
        print(f"Curves: {result.curves}")
    print(f"Page: {result.page}")
