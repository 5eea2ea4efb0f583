"""The settings of albert-tf convert."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConvertConfig(model.FetchConfig):
    """A conversion of weights from one format to another.

    Example:
        >>> config = albert_tf.ConvertConfig(
        ...     input="albert_base_v2", output="converted", to="huggingface"
        ... )
        >>> config.to
        'huggingface'
    """

    input: str = setting(
        None,
        "Weights to convert: anything that albert_tf.load reads.",
        section="Flags",
        is_required=True,
        is_weights=True,
    )
    which: str | None = model.which_checkpoint("--input")
    output: str = setting(
        None,
        "Folder to write; must not exist.",
        section="Flags",
        is_required=True,
    )
    to: str = setting(
        None,
        "Format to write.",
        section="Flags",
        choices=(
            "google",
            "huggingface",
            "keras_hub",
            "sentence_transformers",
            "albert_tf",
        ),
        is_required=True,
    )
    head: str | None = setting(
        None,
        "Head that the classifier's weights are for, if the input does not "
        "say: Google uses one name for classification and multiple choice.",
        section="Flags",
        choices=("classifier", "tagging", "multiple_choice"),
    )
    task: str | None = setting(
        None,
        "Task whose head to convert, if the run has several.",
        section="Flags",
    )
    albert_config_file: str | None = setting(
        None,
        "JSON file with the model's sizes, if none lies beside the weights.",
        section="Flags",
    )
