"""The settings of albert-tf vocab."""

import dataclasses

from data_pipeline.config import setting
from data_pipeline.corpora import text_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class VocabularyConfig(text_config.TextConfig):
    """Text to a SentencePiece vocabulary.

    Example:
        >>> config = albert_tf.VocabularyConfig(
        ...     input_file="books/*.txt", output_dir="vocab", vocab_size=8000
        ... )
        >>> config.normalization
        'albert'
    """

    output_dir: str = setting(
        None,
        "Folder to write the vocabulary to.",
        section="Vocabulary",
        is_required=True,
    )
    vocab_size: int = setting(
        30000,
        "Number of pieces, including special ones.",
        section="Vocabulary",
        minimum=32,
    )
    do_lower_case: bool = setting(
        True,
        "Whether to lower-case text, now and in every later use.",
        section="Vocabulary",
    )
    normalization: str = setting(
        "albert",
        "How to normalize text. albert: strip accents, as the published "
        "models do. nfkc, none: keep the marks that other scripts need. Saved"
        " with the vocabulary.",
        section="Vocabulary",
        choices=("albert", "nfkc", "none"),
    )
    memory_limit_gb: float = setting(
        8.0,
        "Memory that the command may use, in GB. It limits the random sample "
        "of sentences to train on: 30 MB of text per GB.",
        section="Vocabulary",
        minimum=0.0,
    )
    heldout_fraction: float | None = setting(
        None,
        "Share of the sentences to hold out and report on. If left out, 0.01;"
        " for a small text, enough for 150 sentences, up to 0.1.",
        section="Vocabulary",
        minimum=0.0,
        maximum=0.5,
    )
    heldout_file: str | None = setting(
        None,
        "Text to report on instead of held-out sentences, in the format of "
        "--input_file.",
        section="Vocabulary",
    )
    random_seed: int = setting(
        12345,
        "Seed for the sample and the held-out sentences.",
        section="Vocabulary",
    )
