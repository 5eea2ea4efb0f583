r"""Plots the score of a model with early exits against its work and time.

    albert-tf finetune --task_name=sst-2 --data_dir=glue \
        --init_checkpoint=pretrained --output_dir=exits \
        --do_train --do_eval --early_exit
    albert-tf exit-curve --checkpoint=exits --task_name=sst-2 \
        --data_dir=glue --output_dir=curve

evaluates a run of albert-tf finetune --early_exit with every patience, and
writes exit_curve.json and exit_curve.png. Needs matplotlib.
"""

from absl import flags

from albert_tf import which_flag
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output_dir",
    "task_name",
    "data_dir",
)


def run() -> None:
    command_help.section("Early exits")
    flags.DEFINE_string(
        "checkpoint",
        None,
        "Model to measure: anything that albert_tf.load reads, such as a run's "
        "folder.",
    )
    which_flag.define("--checkpoint")
    flags.DEFINE_string(
        "output_dir",
        None,
        "Folder to write exit_curve.json and exit_curve.png to.",
    )
    flags.DEFINE_integer(
        "eval_batch_size", 64, "Texts per evaluation batch.", 1
    )
    flags.DEFINE_integer(
        "timed_texts", 200, "Number of texts to time, one at a time.", 1
    )
    flags.DEFINE_float(
        "exit_threshold",
        0.1,
        "For regression: the largest difference at which two predictions count "
        "as agreeing.",
        0.0,
    )
    task_flags.define()
    flags.mark_flags_as_required(["checkpoint", "output_dir"])
    command_line.run(
        command_line.main_of("albert_tf.workflows.exit_curve"),
        __doc__,
        first=_FIRST,
    )
