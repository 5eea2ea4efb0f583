r"""Evaluates a trained model on a file.

    albert-tf evaluate run dev.csv

prints the metrics and writes them to run/evaluations/NAME, under a name of the
checkpoint and the data, so that no evaluation replaces another. The task, the
columns and the lengths are those that the run was trained with; flags replace
them. Without a file, the data is what the run itself was evaluated on.

The model is a run (its best checkpoint), one of its checkpoints, a Hugging Face
folder or a Google checkpoint. If no training run wrote it, flags may have to
say what the columns of the file are.
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
    """Prints the metrics; nothing on machines that did not write them."""
    if result.folder is not None:
        print(result.tables)
        print(f"Results: {os.path.join(result.folder, 'eval_results.json')}")
