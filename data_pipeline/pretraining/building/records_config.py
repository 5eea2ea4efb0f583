"""The settings of albert-tf records."""

import dataclasses

from data_pipeline.config import setting
from data_pipeline.corpora import text_config
from data_pipeline.pretraining import mask_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordsConfig(mask_config.MaskConfig, text_config.TextConfig):
    """Text to pretraining records."""

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
    spm_model_file: str | None = setting(
        None,
        "Vocabulary: a SentencePiece model, a vocab.txt, or the folder of a "
        "tokenizer.",
        section="Records",
    )
    output_dir: str | None = setting(
        None,
        "Folder to write the records to.",
        section="Records",
    )
    do_lower_case: bool | None = setting(
        None,
        "Whether to lower-case text. If left out, as the files beside the "
        "vocabulary say, or True without such files.",
        section="Records",
    )
    max_seq_length: int = setting(
        512,
        "Maximum number of tokens per row, including special ones.",
        section="Records",
        minimum=8,
    )
    short_seq_prob: float = setting(
        0.1,
        "Share of rows to cut shorter, at a random length.",
        section="Records",
        minimum=0.0,
        maximum=1.0,
    )
    random_seed: int = setting(
        12345,
        "Seed for lengths and cuts.",
        section="Records",
    )
    sentence_task: str = setting(
        "sop",
        "Question about the two segments of a row. sop: are two consecutive "
        "segments exchanged? nsp: does the second follow the first, or does "
        "it come from elsewhere? none: no question, only running text.",
        section="Records",
        choices=("sop", "nsp", "none"),
    )
    segments: str = setting(
        "strict",
        "How to cut segments. strict: they begin and end where sentences do. "
        "google: as google-research/albert does, where a chunk of one "
        "sentence gets a second segment from another document even with "
        "--sentence_task=sop.",
        section="Records",
        choices=("strict", "google"),
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
