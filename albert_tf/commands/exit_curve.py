r"""Plots the score of a model with early exits against its work and time.

    albert-tf finetune --task_name=sst-2 --data_dir=glue \
        --init_checkpoint=pretrained --output_dir=exits \
        --do_train --do_eval --early_exit
    albert-tf exit-curve --checkpoint=exits --task_name=sst-2 \
        --data_dir=glue --output_dir=curve

evaluates a run of albert-tf finetune --early_exit with every patience, and
writes exit_curve.json and exit_curve.png. Needs matplotlib.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import exit_curve
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.exit_curve import ExitCurveResult

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output_dir",
    "task_name",
    "data_dir",
)


def run() -> None:
    config_flags.run(
        exit_curve.ExitCurveConfig,
        "albert_tf.workflows.exit_curve:exit_curve",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "ExitCurveResult") -> None:
    print(
        f"{'patience':>8}{result.metric:>12}{'layers':>8}{'Mflops':>8}{'ms':>8}"
    )
    for point in result.points["patience"]:
        print(
            f"{point['patience']:>8}{point['score']:>12.4f}"
            f"{point['exit_layer']:>8.2f}{point['flops'] / 1e6:>8.2f}"
            f"{point['milliseconds']:>8.2f}"
        )
    print(f"Written: {result.path}.json, {result.path}.png")
