"""Converts weights between Google's, Hugging Face's and our own formats.

    albert-tf convert --input=run --output=converted --to=huggingface

The command prints which weights were matched, and the largest difference
between the outputs of both models on a probe batch. The kind of task and the
names of its classes are kept, in Hugging Face's config.json or in a task.json.
The tokenizer is not part of the weights; copy its files as they are.
"""

from absl import flags

from albert_tf import which_flag
from data_pipeline.commands import command_line


def run() -> None:
    flags.DEFINE_string(
        "input", None, "Weights to convert: anything that albert_tf.load reads."
    )
    which_flag.define("--input")
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_enum(
        "to",
        None,
        ["google", "huggingface", "albert_tf"],
        "Format to write.",
    )
    flags.DEFINE_enum(
        "head",
        None,
        ["classifier", "tagging", "multiple_choice"],
        "Head that the classifier's weights are for, if the input does not "
        "say: Google uses one name for classification and multiple choice.",
    )
    flags.DEFINE_string(
        "task", None, "Task whose head to convert, if the run has several."
    )
    flags.DEFINE_string(
        "albert_config_file",
        None,
        "JSON file with the model's sizes, if none lies beside the weights.",
    )
    flags.mark_flags_as_required(["input", "output", "to"])
    command_line.run(
        command_line.main_of("albert_tf.workflows.convert"), __doc__
    )
