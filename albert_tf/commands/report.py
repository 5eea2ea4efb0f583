"""Compares runs: a page of curves and numbers, and a table on the screen.

    albert-tf report pretrained
    albert-tf report run runs/sst-2 --output=report.html

prints the held-out metrics of each run alongside their baselines and writes one
self-contained HTML page. For a single run, it also draws curves.png into the
run's folder. Needs matplotlib.
"""

from absl import flags

from data_pipeline.commands import command_line


def run() -> None:
    flags.DEFINE_string(
        "output",
        None,
        "Page to write, replaced if it exists. If left out, report.html in the "
        "folder of the first run.",
    )
    command_line.run(
        command_line.main_of("albert_tf.workflows.report"), __doc__
    )
