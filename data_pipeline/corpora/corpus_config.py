"""The settings of albert-tf corpus."""

import dataclasses

from data_pipeline.config import setting
from data_pipeline.corpora import text_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusConfig(text_config.TextConfig):
    """Text of any format to plain text, one sentence per line.

    Example:
        >>> config = albert_tf.CorpusConfig(
        ...     input_file="books/*.txt",
        ...     output_dir="corpus",
        ...     heldout_fraction=0.01,
        ... )
        >>> config.input_format
        'auto'
    """

    output_dir: str = setting(
        None,
        "Folder to write train.txt and heldout.txt to.",
        section="Output",
        is_required=True,
    )
    heldout_fraction: float = setting(
        0.0,
        "Share of the documents to write to heldout.txt, for evaluation.",
        section="Output",
        minimum=0.0,
        maximum=0.9,
    )
