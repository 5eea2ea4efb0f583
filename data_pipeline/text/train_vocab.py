r"""Trains a SentencePiece vocabulary with ALBERT's special pieces.

    albert-tf vocab --input_file=corpus/train.txt --output_dir=vocab \
        --vocab_size=4000

writes vocab/tokenizer.model, vocab/tokenizer.json (its settings), and
vocab/report.json, which says how well it fits sentences that it was not trained
on. The ids are those of the released vocabulary: <pad> 0, <unk> 1, [CLS] 2,
[SEP] 3, [MASK] 4, then ( ) " - . – £ €.

The text may have any size: the vocabulary is trained on a uniform sample of its
sentences, as large as --memory_limit_gb allows.
"""

import dataclasses
import io
import json
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import sentencepiece
from absl import flags
from absl import logging

from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.corpora import documents
from data_pipeline.corpora import sources
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs
from data_pipeline.io import progress
from data_pipeline.text import normalize
from data_pipeline.text import settings
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.vocabulary import holdout
from data_pipeline.text.vocabulary import report as vocabulary_report
from data_pipeline.text.vocabulary import trainer_memory

# google-research/albert, README, and issue 149 there.
CONTROL_SYMBOLS = ["[CLS]", "[SEP]", "[MASK]"]
USER_DEFINED_SYMBOLS = ["(", ")", '"', "-", ".", "–", "£", "€"]
CHARACTER_COVERAGE = 0.99995

# SentencePiece leaves longer sentences out, in bytes; here they are split.
LONGEST_SENTENCE = 4192

REPORT_FILE = "report.json"

_FLAGS = flags.FLAGS


def train(sentences: Iterable[str], *, vocab_size: int) -> bytes:
    """Trains a unigram model; returns the serialized SentencePiece model.

    Args:
        sentences: normalized text, one sentence each, of LONGEST_SENTENCE
            bytes at most. All of it is used.
        vocab_size: pieces in all, special ones included.
    Raises:
        ValueError: there is no text, or too little for so many pieces.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocab_size,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            pad_piece="<pad>",
            unk_piece="<unk>",
            control_symbols=CONTROL_SYMBOLS,
            user_defined_symbols=USER_DEFINED_SYMBOLS,
            character_coverage=CHARACTER_COVERAGE,
            max_sentence_length=LONGEST_SENTENCE,
            shuffle_input_sentence=False,
            minloglevel=1,
        )
    except RuntimeError as error:
        raise ValueError(
            "The text must yield the vocabulary asked for. Received: "
            f"vocab_size={vocab_size}, and {_what_it_yields(str(error))}"
        ) from None
    return model.getvalue()


def _what_it_yields(message: str) -> str:
    """What SentencePiece's message says of a text, and what to do."""
    if most := re.search(r"set it to a value <= (\d+)", message):
        return (
            f"a text that yields at most {most[1]} pieces. Lower --vocab_size "
            "or give more text."
        )
    if least := re.search(r"required_chars\. \d+ vs (\d+)", message):
        return (
            f"a text whose characters alone are {least[1]} pieces. Raise "
            "--vocab_size."
        )
    return f"SentencePiece says: {' '.join(message.split())}"


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    outputs.check_folder(_FLAGS.output_dir, "--output_dir")
    with folder_lock.hold(_FLAGS.output_dir, "training a vocabulary"):
        outputs.refuse_to_overwrite(
            os.path.join(_FLAGS.output_dir, settings.FILE_NAME)
        )
        files.remove_unfinished(_FLAGS.output_dir)
        _make(_FLAGS.output_dir)


def _make(output_dir: str) -> None:
    """Reads the text, trains on it, writes the vocabulary and its report."""
    how = settings.Settings(
        kind="sentencepiece",
        lower_case=_FLAGS.do_lower_case,
        normalization=_FLAGS.normalization,
    )
    split = holdout.Split(
        how.normalizer(),
        max_bytes=trainer_memory.sample_bytes(
            _FLAGS.memory_limit_gb * 1e9, trainer_memory.used()
        ),
        longest=LONGEST_SENTENCE,
        seed=_FLAGS.random_seed,
    )
    counts, texts, is_heldout = _deal(split, sources.from_flags())
    sample = split.training
    counts |= {"sampled": len(sample), "sampled_bytes": sample.num_bytes}
    logging.info(
        "Training on %s sentences, %.1f MB of %.1f; takes about %.0f s.",
        f"{len(sample):,}",
        sample.num_bytes / 1e6,
        counts["read_bytes"] / 1e6,
        1 + sample.num_bytes * trainer_memory.SECONDS_PER_BYTE,
    )
    model = train(sample.drain(), vocab_size=_FLAGS.vocab_size)
    tokenizer = tokenizer_lib.Tokenizer(model, how)
    report = {
        "sentences": counts,
        "reported_on": {
            "held_out": is_heldout,
            "sentences": len(texts),
            "bytes": sum(len(text.encode()) for text in texts),
        },
        "fit": vocabulary_report.measure(tokenizer, texts),
    }
    tokenizer.save(output_dir)
    files.write(
        os.path.join(output_dir, REPORT_FILE),
        (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode(),
    )
    _log(report, is_heldout)
    logging.info(
        "Wrote %d pieces to %s. Next: data_pipeline.pretraining."
        "create_pretraining_data --spm_model_file=%s",
        tokenizer.vocab_size,
        output_dir,
        os.path.join(output_dir, "tokenizer.model"),
    )


def _deal(
    split: holdout.Split, text_input: sources.TextInput
) -> tuple[dict[str, int], list[str], bool]:
    """Reads the text; counts, texts to report on, and if they are held out."""
    sentences = progress.watch(_sentences(text_input), "sentences")
    if _FLAGS.heldout_file:
        counts = split.deal(sentences, 0.0)
        other = dataclasses.replace(
            text_input, patterns=_FLAGS.heldout_file, tfds=""
        )
        split.deal(_sentences(other), 1.0)
        return counts, split.heldout(), True
    share = _FLAGS.heldout_fraction
    if share is None:
        share, sentences = holdout.share(sentences, LONGEST_SENTENCE)
    counts = split.deal(sentences, share)
    return counts, *split.reported_on()


def _log(report: dict[str, Any], is_heldout: bool) -> None:
    on = "held-out sentences" if is_heldout else "sentences trained on"
    logging.info(
        "On %s %s:\n%s",
        f"{report['reported_on']['sentences']:,}",
        on,
        vocabulary_report.table(report["fit"]),
    )
    if not is_heldout:
        logging.warning(
            "Too little text is held out to judge by (at least %d sentences), "
            "so this is how the vocabulary fits what it was trained on. Name "
            "other text with --heldout_file.",
            holdout.FEWEST,
        )
    for advice in vocabulary_report.warnings(report["fit"]):
        logging.warning("%s", advice)


def _sentences(text_input: sources.TextInput) -> Iterator[str]:
    for document in documents.read(text_input):
        yield from document.sentences


# Shown before all others by --help.
_FIRST = (
    "input_file",
    "output_dir",
    "vocab_size",
    "normalization",
)


def run() -> None:
    sources.define_flags()
    command_help.section("Vocabulary")
    flags.DEFINE_string(
        "output_dir", None, "Folder to write the vocabulary to."
    )
    flags.DEFINE_integer(
        "vocab_size",
        30000,
        "Number of pieces, including special ones.",
        lower_bound=32,
    )
    flags.DEFINE_bool(
        "do_lower_case",
        True,
        "Whether to lower-case text, now and in every later use.",
    )
    flags.DEFINE_enum(
        "normalization",
        "albert",
        list(normalize.PROFILES),
        "How to normalize text. albert: strip accents, as the published models "
        "do. nfkc, none: keep the marks that other scripts need. Saved with "
        "the vocabulary.",
    )
    flags.DEFINE_float(
        "memory_limit_gb",
        8.0,
        "Memory that the command may use, in GB. It limits the random sample "
        "of sentences to train on: 30 MB of text per GB.",
        lower_bound=0.0,
    )
    flags.DEFINE_float(
        "heldout_fraction",
        None,
        "Share of the sentences to hold out and report on. If left out, 0.01; "
        "for a small text, enough for 150 sentences, up to 0.1.",
        lower_bound=0.0,
        upper_bound=0.5,
    )
    flags.DEFINE_string(
        "heldout_file",
        None,
        "Text to report on instead of held-out sentences, in the format of "
        "--input_file.",
    )
    flags.DEFINE_integer(
        "random_seed", 12345, "Seed for the sample and the held-out sentences."
    )
    flags.mark_flag_as_required("output_dir")
    command_line.run(main, __doc__, first=_FIRST)


if __name__ == "__main__":
    run()
