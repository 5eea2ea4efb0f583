"""The settings of albert-tf records."""

import dataclasses
from typing import Any

from data_pipeline.config import setting
from data_pipeline.corpora import text_config
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining.building import segments_config

# Settings that only matter if masks are drawn on disk.
_GOOGLE_ONLY = (
    "dupe_factor",
    "max_predictions_per_seq",
    "masked_lm_prob",
    "ngram",
    "favor_shorter_ngram",
    "masking",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordsConfig(
    mask_config.MaskConfig,
    segments_config.SegmentsConfig,
    text_config.TextConfig,
):
    """Text to pretraining records.

    Raises:
        ValueError: a setting for masks is given without format="google", or
            engine_options without a runner.

    Example:
        >>> from data_pipeline.pretraining.building import records_config
        >>> records_config.RecordsConfig(
        ...     input_file="books/*.txt",
        ...     spm_model_file="vocab",
        ...     output_dir="records",
        ... ).max_seq_length
        512
    """

    format: str = setting(
        "albert_tf",
        "Format of the records. albert_tf: each text once, unmasked. google: "
        "masked on disk, --dupe_factor times, as run_pretraining.py of "
        "google-research/albert reads them.",
        section="Records",
        choices=("albert_tf", "google"),
    )
    dupe_factor: int = setting(
        40,
        "Number of times that --format=google cuts and masks each text.",
        section="Records",
        minimum=1,
    )
    spm_model_file: str = setting(
        None,
        "Vocabulary: a SentencePiece model, a vocab.txt, the folder of a "
        "tokenizer, or the name of a model, such as albert-base-v2.",
        section="Records",
        is_required=True,
        is_weights=True,
    )
    output_dir: str = setting(
        None,
        "Folder to write the records to.",
        section="Records",
        is_required=True,
    )
    do_lower_case: bool | None = setting(
        None,
        "Whether to lower-case text. If left out, as the files beside the "
        "vocabulary say, or True without such files.",
        section="Records",
    )
    random_seed: int = setting(
        12345,
        "Seed for lengths and cuts.",
        section="Records",
    )
    num_shards: int = setting(
        0,
        "Number of files to write; 0: one per 256 MB of input.",
        section="Records",
        minimum=0,
    )
    num_workers: int = setting(
        0,
        "Number of processes; 0: one per core. Records do not depend on it.",
        section="Records",
        minimum=0,
    )
    runner: str | None = setting(
        None,
        "Build with Apache Beam on this runner, such as DirectRunner, "
        "DataflowRunner, FlinkRunner or SparkRunner; other options are passed"
        " on to Beam.",
        section="Records",
    )
    engine_options: tuple[str, ...] = setting(
        (),
        "Options of Apache Beam's runner, as --name=value.",
        section="Records",
        is_argument=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for name in _GOOGLE_ONLY if self.is_given(name)]
        if given and self.format != "google":
            raise ValueError(
                f"--{given[0]} must be left out without --format=google, which "
                "masks on disk; otherwise masks are drawn during training, and "
                "the flag belongs to albert-tf pretrain. Received: "
                f"--{given[0]}={getattr(self, given[0])!r}. Leave it out."
            )
        if self.engine_options and not self.runner:
            raise ValueError(
                "engine_options must be given together with an Apache Beam "
                f"runner. Received: {self.engine_options} and no runner. Leave "
                "them out, or give --runner."
            )

    @property
    def is_masked(self) -> bool:
        """Whether the records are masked on disk, in Google's format."""
        return self.format == "google"


def recorded(config: RecordsConfig) -> dict[str, Any]:
    """The settings that decide the records, besides text and tokenizer, by
    their names in a manifest.
    """
    values = {
        name: getattr(config, name)
        for name in (
            "max_seq_length",
            "short_seq_prob",
            "sentence_task",
            "segments",
            "random_seed",
            "num_shards",
            "format",
        )
    }
    if config.is_masked:
        values |= mask_config.recorded(config)
        values["dupe_factor"] = config.dupe_factor
    return values | {
        "invalid_utf8": config.invalid_utf8,
        "on_bad_document": config.on_bad_document,
    }
