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

from absl import flags

from albert_tf import which_flag
from albert_tf.training import device_flags
from albert_tf.training import finetuning_flags
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
_FIRST = (
    "text_column",
    "label_column",
    "on_bad_row",
    "null_score_threshold",
    "output_dir",
)


def run() -> None:
    task_flags.define()
    command_help.section("Model")
    which_flag.define("MODEL")
    finetuning_flags.define_sizes()
    command_help.section("Evaluation")
    flags.DEFINE_string(
        "output_dir",
        None,
        "Folder in which evaluations/NAME is made. If left out, the run's, or "
        "the one with the model.",
    )
    flags.DEFINE_integer(
        "eval_batch_size",
        64,
        "Examples per evaluation batch, over all replicas.",
        1,
    )
    device_flags.define()
    command_line.run(
        command_line.main_of("albert_tf.workflows.finetuning.evaluate"),
        __doc__,
        first=_FIRST,
    )
