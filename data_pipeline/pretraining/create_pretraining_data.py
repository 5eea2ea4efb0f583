r"""Turns text into pretraining records.

    albert-tf records --input_file=corpus/train.txt \
        --spm_model_file=vocab/tokenizer.model --output_dir=records/train \
        --max_seq_length=64
    albert-tf records --input_file=corpus/heldout.txt \
        --spm_model_file=vocab/tokenizer.model --output_dir=records/heldout \
        --max_seq_length=64

Each text is stored once, unmasked: training draws masks, and which examples
have their segments exchanged, anew in every epoch. Rerun the same command to
finish a build that was stopped, or to repair one that was damaged.
"""

import itertools
import os

from absl import flags
from absl import logging

from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.commands import original_flags
from data_pipeline.corpora import blocks
from data_pipeline.corpora import documents
from data_pipeline.corpora import sources
from data_pipeline.pretraining import mask_settings
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.building import segments
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.vocabulary import damage

# Sentences that are looked at for damage before the work begins.
_SAMPLE_SENTENCES = 1000
# Text for one shard, where --num_shards does not say.
_SHARD_BYTES = 256 << 20

# Flags that mean something only where masks are drawn on disk.
_GOOGLE_ONLY = (
    "dupe_factor",
    "max_predictions_per_seq",
    "masked_lm_prob",
    "ngram",
    "favor_shorter_ngram",
    "masking",
)

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    engine_options = argv[1:]
    if engine_options and not _FLAGS.runner:
        command_line.no_arguments(argv)
    text_input = sources.from_flags()
    tokenizer = tokenizer_lib.load(
        _FLAGS.spm_model_file, lower_case=_FLAGS.do_lower_case
    )
    _warn_of_damage(text_input, tokenizer)
    recipe = block_records.Recipe(
        text_input=text_input,
        vocabulary=tokenizer.vocabulary,
        tokenizer_settings=tokenizer.settings,
        settings=_settings(text_input),
    )
    if _FLAGS.runner:
        manifest = _beam_build().build(
            recipe, _FLAGS.output_dir, _FLAGS.runner, engine_options
        )
    else:
        workers = _FLAGS.num_workers or os.cpu_count()
        manifest = build.build(recipe, _FLAGS.output_dir, workers)
    logging.info(
        "%s holds %s.",
        _FLAGS.output_dir,
        ", ".join(
            f"{count:,} {name}" for name, count in manifest.counts.items()
        ),
    )


def _beam_build():
    try:
        from data_pipeline.pretraining.building import beam_build
    except ImportError:
        raise ImportError(
            "Apache Beam must be installed for --runner. Install it with: "
            "pip install 'albert_tf[beam]'"
        ) from None
    return beam_build


def _settings(text_input: sources.TextInput) -> block_records.Settings:
    num_shards = _FLAGS.num_shards
    if not num_shards:
        found = sources.list_sources(text_input)
        size = sum(source.size for source in found)
        num_shards = 1 + size // _SHARD_BYTES
    return block_records.Settings(
        segments=segments.Settings(
            max_seq_length=_FLAGS.max_seq_length,
            short_seq_prob=_FLAGS.short_seq_prob,
            sentence_task=_FLAGS.sentence_task,
            segments=_FLAGS.segments,
        ),
        random_seed=_FLAGS.random_seed,
        num_shards=num_shards,
        google_format=_google_format(),
    )


def _google_format() -> block_records.GoogleFormat | None:
    given = [name for name in _GOOGLE_ONLY if _FLAGS[name].present]
    if _FLAGS.format == "google":
        return block_records.GoogleFormat(
            dupe_factor=_FLAGS.dupe_factor, masks=mask_settings.from_flags()
        )
    if given:
        raise ValueError(
            f"--{given[0]} must be left out without --format=google, which "
            "masks on disk; otherwise masks are drawn while training, and the "
            "flag belongs to albert-tf pretrain. Received: "
            f"--{given[0]}={_FLAGS[given[0]].value!r}."
        )
    return None


def _warn_of_damage(text_input, tokenizer) -> None:
    group = next(sources.groups(sources.list_sources(text_input)))
    for block, _ in itertools.islice(blocks.cut(0, group, text_input), 1):
        found, _ = documents.parse(block, text_input)
        sentences = (line for document in found for line in document.sentences)
        damage.warn(tokenizer, itertools.islice(sentences, _SAMPLE_SENTENCES))


# Shown before all others by --help.
_FIRST = (
    "input_file",
    "spm_model_file",
    "output_dir",
    "max_seq_length",
    "num_workers",
)


def run() -> None:
    sources.define_flags()
    command_help.section("Records")
    flags.DEFINE_enum(
        "format",
        "albert_tf",
        ["albert_tf", "google"],
        "Format of the records. albert_tf: each text once, unmasked. google: "
        "masked on disk, --dupe_factor times, as run_pretraining.py of "
        "google-research/albert reads them.",
    )
    flags.DEFINE_integer(
        "dupe_factor",
        40,
        "Number of times that --format=google cuts and masks each text.",
        lower_bound=1,
    )
    flags.DEFINE_string(
        "spm_model_file",
        None,
        "Vocabulary: a SentencePiece model, a vocab.txt, or the folder of a "
        "tokenizer.",
    )
    flags.DEFINE_string("output_dir", None, "Folder to write the records to.")
    flags.DEFINE_bool(
        "do_lower_case",
        None,
        "Whether to lower-case text. If left out, as the files beside the "
        "vocabulary say, or True without such files.",
    )
    flags.DEFINE_integer(
        "max_seq_length",
        512,
        "Maximum number of tokens per row, including special ones.",
        lower_bound=8,
    )
    flags.DEFINE_float(
        "short_seq_prob",
        0.1,
        "Share of rows to cut shorter, at a random length.",
        lower_bound=0.0,
        upper_bound=1.0,
    )
    flags.DEFINE_integer("random_seed", 12345, "Seed for lengths and cuts.")
    flags.DEFINE_enum(
        "sentence_task",
        "sop",
        segments.SENTENCE_TASKS,
        "Question about the two segments of a row. sop: are two consecutive "
        "segments exchanged? nsp: does the second follow the first, or does it "
        "come from elsewhere? none: no question, only running text.",
    )
    flags.DEFINE_enum(
        "segments",
        "strict",
        segments.SEGMENTS,
        "How to cut segments. strict: they begin and end where sentences do. "
        "google: as google-research/albert does, where a chunk of one sentence "
        "gets a second segment from another document even with "
        "--sentence_task=sop.",
    )
    flags.DEFINE_integer(
        "num_shards",
        0,
        "Number of files to write; 0: one per 256 MB of input.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "num_workers",
        0,
        "Number of processes; 0: one per core. Records do not depend on it.",
        lower_bound=0,
    )
    flags.DEFINE_string(
        "runner",
        None,
        "Build with Apache Beam on this runner, such as DirectRunner, "
        "DataflowRunner, FlinkRunner or SparkRunner; other options are passed "
        "on to Beam.",
    )
    mask_settings.define_flags()
    flags.mark_flags_as_required(["spm_model_file", "output_dir"])
    command_line.run(
        main,
        __doc__,
        original_flags.RECORDS,
        known_flags_only=True,
        resumes=True,
        first=_FIRST,
    )


if __name__ == "__main__":
    run()
