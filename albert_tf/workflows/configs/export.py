"""The settings of albert-tf export."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline.config import setting
from data_pipeline.tasks.configs import task_config

SAVED_MODELS = ("savedmodel", "savedmodel_int8", "savedmodel_bfloat16")
# Formats with a setting for their quantizations.
QUANTIZED = ("litert", "onnx", "openvino")
FORMATS = (
    *SAVED_MODELS,
    *QUANTIZED,
    "huggingface",
    "sentence_transformers",
    "tfhub",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportConfig(model.FetchConfig, task_config.TaskConfig):
    """An export of a trained model.

    Raises:
        ValueError: as `Config`; or a format is not one of FORMATS.

    Example:
        >>> config = albert_tf.ExportConfig(
        ...     checkpoint="run",
        ...     output="export",
        ...     formats=("savedmodel", "onnx"),
        ... )
        >>> config.max_metric_drop
        0.01
    """

    checkpoint: str = setting(
        None,
        "Model to export: anything that albert_tf.load reads, such as a run's"
        " folder.",
        section="Export",
        is_required=True,
        is_weights=True,
    )
    which: str | None = model.which_checkpoint("--checkpoint")
    output: str = setting(
        None,
        "Folder to write; must not exist.",
        section="Export",
        is_required=True,
    )
    formats: tuple[str, ...] = setting(
        ("savedmodel",),
        f"Formats to write: any of {', '.join(FORMATS)}. All except savedmodel "
        "go to their own subfolders of the output.",
        section="Export",
    )
    fastest: bool = setting(
        False,
        "Whether to measure all SavedModel, LiteRT, ONNX and OpenVINO forms on "
        "this machine, print the figures, and write only the form that "
        "answers one text fastest and passes the gate, in place of --formats.",
        section="Export",
    )
    litert_quantizations: tuple[str, ...] = setting(
        ("float32", "dynamic_int8", "int8"),
        "LiteRT variants to write: float32, dynamic_int8 (8-bit weights), "
        "int8 (calibrated on the labeled sample).",
        section="Export",
    )
    litert_fixed_length: bool = setting(
        False,
        "Whether all LiteRT variants take only rows of exactly "
        "--max_seq_length, as int8 always does: smaller files that run "
        "faster.",
        section="Export",
    )
    onnx_quantizations: tuple[str, ...] = setting(
        ("float32",),
        "ONNX variants to write: float32, int8 (products with weights in 8 "
        "bits, calibrated on the labeled sample), dynamic_int8 (the same "
        "without calibration).",
        section="Export",
    )
    openvino_quantizations: tuple[str, ...] = setting(
        ("float32", "bfloat16", "int8"),
        "OpenVINO variants to write: float32, bfloat16 (16-bit weights), int8 "
        "(calibrated on the labeled sample).",
        section="Export",
    )
    max_metric_drop: float = setting(
        0.01,
        "Largest drop of the metric on the labeled sample, from 0 to 1, that "
        "an exported form may have; if a form loses more, nothing is written.",
        section="Export",
    )
    gate_examples: int = setting(
        1000,
        "Number of labeled examples to compare exported forms on.",
        section="Export",
        minimum=1,
    )
    eval_input_file: str | None = setting(
        None,
        "Records to compare a pretrained model's exported forms on; tasks use"
        " --data_dir or --eval_file.",
        section="Export",
    )
    exit_patience: int | None = setting(
        None,
        "For a model with a classifier at every layer: let the SavedModel's "
        "texts exit after this many classifiers in a row agree.",
        section="Export",
        minimum=1,
    )
    exit_threshold: float = setting(
        0.1,
        "For regression with --exit_patience: the largest difference at which"
        " two predictions count as agreeing.",
        section="Export",
        minimum=0.0,
    )
    license: str | None = setting(
        None,
        "License of the weights, for the model card, such as Apache-2.0.",
        section="Export",
    )
    text_pairs: bool = setting(
        False,
        "Whether the model reads pairs of texts, if no task.json says so.",
        section="Export",
    )
    allow_partial_init: bool = setting(
        False,
        "Whether to export a head whose weights the checkpoint does not hold,"
        " with its random initial weights.",
        section="Export",
    )

    @property
    def quantizations(self) -> dict[str, tuple[str, ...]]:
        """Formats with several quantizations that are to be written -> these
        quantizations."""
        return {
            name: getattr(self, f"{name}_quantizations")
            for name in QUANTIZED
            if name in self.formats
        }

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = set(self.formats) - set(FORMATS)
        if unknown:
            raise ValueError(
                f"--formats must list only {', '.join(FORMATS)}. Received: "
                f"{', '.join(sorted(unknown))}."
            )
