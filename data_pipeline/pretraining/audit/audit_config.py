"""The settings of albert-tf audit."""

import dataclasses

from data_pipeline.config import setting
from data_pipeline.pretraining import mask_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditConfig(mask_config.MaskConfig):
    """An audit of what pretraining records contain.

    Example:
        >>> config = albert_tf.AuditConfig(input_file="records/*.tfrecord")
        >>> config.sample_size
        5000
    """

    input_file: str = setting(
        None,
        "Records: comma-separated paths or globs.",
        section="Audit",
        is_required=True,
    )
    output_dir: str | None = setting(
        None,
        "Folder for audit.json and audit.png. If left out, they are not "
        "written.",
        section="Audit",
    )
    spm_model_file: str | None = setting(
        None,
        "Vocabulary of records in google-research/albert's format, which have"
        " none beside them, or the name of a model, such as albert-base-v2.",
        section="Audit",
        is_weights=True,
    )
    show: int = setting(
        0,
        "Number of rows to print.",
        section="Audit",
        minimum=0,
    )
    sample_size: int = setting(
        5000,
        "Number of rows to draw masks for.",
        section="Audit",
        minimum=1,
    )
    random_seed: int = setting(
        12345,
        "Seed for masks and sentence exchanges.",
        section="Masks",
    )
