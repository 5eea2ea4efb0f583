r"""Converts weights between Google's, Hugging Face's and our own formats.

    python -m albert_tf.interop.convert --input=run --output=converted \
        --to=huggingface

`--to` is google, huggingface or albert_tf; `--input` is anything that
albert_tf.load reads. Prints which weights met, and the largest difference
between the models on both sides on a probe batch. The tokenizer is not part of
the weights; its files can be copied as they are. The kind of task and the names
of the classes are kept, in Hugging Face's config.json or in a task.json.
"""

from absl import flags

from albert_tf import which_flag
from data_pipeline import command_line


def run() -> None:
    flags.DEFINE_string("input", None, "Anything that albert_tf.load reads.")
    which_flag.define("--input")
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_enum(
        "to",
        None,
        ["google", "huggingface", "albert_tf"],
        "Whose format to write.",
    )
    flags.DEFINE_enum(
        "head",
        None,
        ["classifier", "tagging", "multiple_choice"],
        "What the classifier's weights are, where the input does not say: "
        "Google gives classification and multiple choice one name.",
    )
    flags.DEFINE_string("task", None, "Whose head, of a run of several tasks.")
    flags.DEFINE_string(
        "albert_config_file", None, "Of a checkpoint without one beside it."
    )
    flags.mark_flags_as_required(["input", "output", "to"])
    command_line.run(
        command_line.main_of("albert_tf.workflows.convert"), __doc__
    )
