r"""Evaluates a trained model on a file.

    albert-tf evaluate run dev.csv

prints the metrics and writes them to run/evaluations/NAME. The name contains
the checkpoint and the data, so that no evaluation replaces another. The task,
the columns and the lengths are those that the run was trained with, unless
flags override them. Without a file, the data is that of the run's own
evaluation.

The model is a run (its best checkpoint), one of its checkpoints, a Hugging Face
folder or a Google checkpoint. If it does not come from a training run, flags
may have to name the columns of the file.
"""

import os
from typing import TYPE_CHECKING

from albert_tf.workflows.configs import inference
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.finetuning.evaluate import EvaluateResult

# Shown before all others by --help.
_FIRST = (
    "text_column",
    "label_column",
    "on_bad_row",
    "null_score_threshold",
    "output_dir",
)


def run() -> None:
    config_flags.run(
        inference.EvaluateConfig,
        "albert_tf.workflows.finetuning.evaluate:evaluate",
        __doc__,
        show=show,
        first=_FIRST,
    )


def show(result: "EvaluateResult") -> None:
    """Prints the metrics, on the machine that has written them."""
    if result.folder is not None:
        print(result.tables)
        print(f"Results: {os.path.join(result.folder, 'eval_results.json')}")
