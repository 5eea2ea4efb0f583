r"""Turns text into pretraining records.

    albert-tf records --input_file=corpus/train.txt \
        --spm_model_file=vocab/tokenizer.model --output_dir=records/train \
        --max_seq_length=64
    albert-tf records --input_file=corpus/heldout.txt \
        --spm_model_file=vocab/tokenizer.model --output_dir=records/heldout \
        --max_seq_length=64

Each text is stored once and unmasked; training draws new masks, and new
examples whose segments are swapped, in every epoch. Rerun the same command to
finish a build that was stopped, or to repair a damaged one.
"""

from data_pipeline.commands import command_line
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags
from data_pipeline.pretraining.building import records_config


def run() -> None:
    config_flags.run(
        records_config.RecordsConfig,
        # Above this package: it knows the names of models.
        "albert_tf.workflows.data:build_records",
        __doc__,
        check=_check,
        # Apache Beam has flags of its own.
        known_flags_only=True,
        replaced=original_flags.RECORDS,
        resumes=True,
        # Shown before all others by --help.
        first=(
            "input_file",
            "spm_model_file",
            "output_dir",
            "max_seq_length",
            "num_workers",
        ),
    )


def _check(words: list[str], values: dict) -> None:
    """Refuses unknown arguments, unless they are options of Apache Beam."""
    if not values["runner"]:
        command_line.no_arguments(words)
