r"""Calibrates the probabilities of a trained model on labeled data.

    albert-tf calibrate run dev.csv --coverage=0.9

makes probabilities as often right as they say: by a temperature for models that
choose one class; for models of several labels by the best of Platt scaling,
isotonic regression and no change for each label, with a threshold for each
label by its F1. --coverage adds prediction sets, which hold the right class
that often, and --none_label or --none_of_these a probability below which the
answer is none of the classes.

The result is saved in the task.json beside the weights. Evaluations,
predictions, exports and the server use it from then on; remove the entry
"calibration" there to undo it. Each half of the data is measured with what was
fitted to the other half; the table and run/calibration/ have both before and
after.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import inference
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.calibration.calibrate import CalibrateResult

# Shown before all others by --help.
_FIRST = (
    "coverage",
    "none_label",
    "none_of_these",
    "text_column",
    "label_column",
    "output_dir",
)


def run() -> None:
    config_flags.run(
        inference.CalibrateConfig,
        "albert_tf.workflows.calibration.calibrate:calibrate",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "CalibrateResult") -> None:
    if result.folder is not None:
        print(result.table)
        print(f"\nSaved in {result.saved_in}/task.json; see {result.folder}/")
