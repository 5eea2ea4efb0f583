"""The flags of albert-tf export."""

from absl import flags

from albert_tf import which_flag
from data_pipeline.commands import command_help

FORMATS = (
    "savedmodel",
    "savedmodel_int8",
    "savedmodel_bfloat16",
    "litert",
    "onnx",
    "huggingface",
    "tfhub",
)
_FLAGS = flags.FLAGS


def define() -> None:
    command_help.section("Export")
    flags.DEFINE_string(
        "checkpoint",
        None,
        "Model to export: anything that albert_tf.load reads, such as a run's "
        "folder.",
    )
    which_flag.define("--checkpoint")
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_list(
        "formats",
        ["savedmodel"],
        f"Formats to write: any of {', '.join(FORMATS)}. All except savedmodel "
        "go to their own subfolders of the output.",
    )
    flags.DEFINE_list(
        "litert_quantizations",
        ["float32", "dynamic_int8", "int8"],
        "LiteRT variants to write: float32, dynamic_int8 (8-bit weights), int8 "
        "(calibrated on the labeled sample).",
    )
    flags.DEFINE_bool(
        "litert_fixed_length",
        False,
        "Whether all LiteRT variants take only rows of exactly "
        "--max_seq_length, as int8 always does: smaller files that run faster.",
    )
    flags.DEFINE_float(
        "max_metric_drop",
        0.01,
        "Largest drop of the metric on the labeled sample, from 0 to 1, that "
        "an exported form may have; if a form loses more, nothing is written.",
    )
    flags.DEFINE_integer(
        "gate_examples",
        1000,
        "Number of labeled examples to compare exported forms on.",
        1,
    )
    flags.DEFINE_string(
        "eval_input_file",
        None,
        "Records to compare a pretrained model's exported forms on; tasks use "
        "--data_dir or --eval_file.",
    )
    flags.DEFINE_integer(
        "exit_patience",
        None,
        "For a model with a classifier at every depth: let the SavedModel's "
        "texts exit after this many classifiers in a row agree.",
        1,
    )
    flags.DEFINE_float(
        "exit_threshold",
        0.1,
        "For regression with --exit_patience: the largest difference at which "
        "two predictions count as agreeing.",
        0.0,
    )
    flags.DEFINE_string(
        "license",
        None,
        "License of the weights, for the model card, such as Apache-2.0.",
    )
    flags.DEFINE_bool(
        "text_pairs",
        False,
        "Whether the model reads pairs of texts, if no task.json says so.",
    )
    flags.DEFINE_bool(
        "allow_partial_init",
        False,
        "Whether to export a head whose weights the checkpoint does not hold, "
        "with its random initial weights.",
    )
    flags.mark_flags_as_required(["checkpoint", "output"])


def check() -> None:
    """Raises ValueError for formats that there are not."""
    unknown = set(_FLAGS.formats) - set(FORMATS)
    if unknown:
        raise ValueError(
            f"--formats must list only {', '.join(FORMATS)}. Received: "
            f"{', '.join(sorted(unknown))}."
        )
