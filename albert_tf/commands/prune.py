r"""Prunes heads and feed-forward units of a fine-tuned model.

    albert-tf prune --checkpoint=runs/sst-2 --task_name=sst-2 --data_dir=glue \
        --output=pruned --keep_heads=4 --keep_width=0.5

writes a smaller model that albert_tf.load reads, to be fine-tuned further
(albert-tf finetune --init_checkpoint=pruned) and exported. Several sizes,

    albert-tf prune --checkpoint=runs/sst-2 --task_name=sst-2 --data_dir=glue \
        --output=sizes --keep_heads=6,4,2 --keep_width=384,256,128

go to separate folders, such as sizes/heads_4_width_256, with their scores in
sizes/curve.json and curve.png (which needs matplotlib). Fine-tune some of them
to a folder of the same name plus _tuned, and run the same command again to add
their scores. Encoded data is kept beside the checkpoint, as runs keep it.
"""

from absl import flags

from albert_tf import which_flag
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
_FIRST = (
    "checkpoint",
    "output",
    "task_name",
    "data_dir",
    "keep_heads",
    "keep_width",
)


def run() -> None:
    command_help.section("Pruning")
    flags.DEFINE_string(
        "checkpoint",
        None,
        "Model to prune: anything that albert_tf.load reads, such as a run's "
        "folder.",
    )
    which_flag.define("--checkpoint")
    flags.DEFINE_string("output", None, "Folder to write the pruned model to.")
    flags.DEFINE_list(
        "keep_heads",
        None,
        "Attention heads to keep in each set of weights: a number, or a "
        "fraction such as 0.5. If left out, all. Several values, separated by "
        "commas, are paired with those of --keep_width.",
    )
    flags.DEFINE_list(
        "keep_width",
        None,
        "Feed-forward units to keep in each set of weights: a number, or a "
        "fraction such as 0.5. If left out, all. Several values, separated by "
        "commas, are paired with those of --keep_heads.",
    )
    flags.DEFINE_integer(
        "num_batches",
        128,
        "Number of training batches to measure importance on.",
        1,
    )
    flags.DEFINE_integer(
        "batch_size",
        16,
        "Examples per batch when measuring importance; their gradients are "
        "summed.",
        1,
    )
    flags.DEFINE_integer(
        "random_seed", 12345, "Seed for the choice of training batches."
    )
    flags.DEFINE_integer(
        "eval_batch_size", 64, "Texts per evaluation batch.", 1
    )
    task_flags.define()
    flags.mark_flags_as_required(["checkpoint", "output"])
    command_line.run(
        command_line.main_of("albert_tf.workflows.prune"), __doc__, first=_FIRST
    )
