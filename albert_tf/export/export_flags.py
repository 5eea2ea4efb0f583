"""The flags of python -m albert_tf.export."""

from absl import flags

from albert_tf.compression import early_exit
from albert_tf.export import litert

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
    flags.DEFINE_string(
        "checkpoint", None, "Anything that albert_tf.load reads, as a run."
    )
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_list(
        "formats",
        ["savedmodel"],
        f"What to write, of {', '.join(FORMATS)}. All but savedmodel have "
        "folders of their own in the output.",
    )
    flags.DEFINE_list(
        "litert_quantizations",
        list(litert.QUANTIZATIONS),
        "Forms of LiteRT: float32, dynamic_int8 (weights of 8 bits), int8 "
        "(calibrated on the labelled sample).",
    )
    flags.DEFINE_bool(
        "litert_fixed_length",
        False,
        "Whether LiteRT's rows are all of --max_seq_length, as int8's are: "
        "smaller files that run faster.",
    )
    flags.DEFINE_float(
        "max_metric_drop",
        0.01,
        "What a form may lose of the metric on the labelled sample, from 0 to "
        "1; where it loses more, nothing is written.",
    )
    flags.DEFINE_integer(
        "gate_examples", 1000, "Labelled examples to try forms on.", 1
    )
    flags.DEFINE_string(
        "eval_input_file",
        None,
        "Records to try a pretrained model's forms on; tasks have their "
        "--data_dir or --eval_file.",
    )
    flags.DEFINE_integer(
        "exit_patience",
        None,
        "Of a model with a classifier at every depth: texts of the SavedModel "
        "leave after so many in a row that agree.",
        1,
    )
    flags.DEFINE_float(
        "exit_threshold",
        early_exit.THRESHOLD,
        "Of numbers: how much two that agree may differ.",
        0.0,
    )
    flags.DEFINE_string(
        "license", None, "Of the weights, for the model card, as Apache-2.0."
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
            f"--formats are of {', '.join(FORMATS)}. Received: "
            f"{', '.join(sorted(unknown))}."
        )
