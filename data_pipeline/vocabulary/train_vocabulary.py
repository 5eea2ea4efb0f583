"""Trains a SentencePiece vocabulary, as a VocabularyConfig says."""

import dataclasses
import json
import os
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from absl import logging

from data_pipeline.corpora import documents
from data_pipeline.corpora import text_config
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs
from data_pipeline.io import progress
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings
from data_pipeline.vocabulary import holdout
from data_pipeline.vocabulary import report as vocabulary_report
from data_pipeline.vocabulary import trainer_memory
from data_pipeline.vocabulary import training
from data_pipeline.vocabulary import vocabulary_config

REPORT_FILE = "report.json"


class VocabularyResult(NamedTuple):
    """A vocabulary that was trained.

    Attributes:
        output_dir: its folder, for `spm_model_file` of other configs.
        vocab_size: number of pieces, special ones included.
        report: how well it fits sentences that it was not trained on, as in
            report.json.
    """

    output_dir: str
    vocab_size: int
    report: Mapping[str, Any]


def train_vocabulary(
    config: vocabulary_config.VocabularyConfig,
) -> VocabularyResult:
    """Trains a vocabulary on a sample of a text, and measures how it fits.

    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: the folder holds a vocabulary.
        FileNotFoundError: there is no such text.
        OSError: the folder cannot be written to.
        ValueError: the text is invalid, or yields fewer pieces.

    Example:
        >>> import pathlib, tempfile
        >>> import albert_tf
        >>> folder = tempfile.mkdtemp()
        >>> text = pathlib.Path(folder, "text.txt")
        >>> sentences = [
        ...     f"{who} {does} the {what}."
        ...     for who in ("Ada", "Ben", "Cleo")
        ...     for does in ("builds", "crosses", "paints", "sees")
        ...     for what in ("bridge", "garden", "house", "road")
        ... ]
        >>> _ = text.write_text("\\n".join(sentences))
        >>> albert_tf.train_vocabulary(
        ...     albert_tf.VocabularyConfig(
        ...         input_file=text, output_dir=f"{folder}/vocab", vocab_size=34
        ...     )
        ... ).vocab_size
        34
    """
    outputs.check_folder(config.output_dir, "--output_dir")
    with folder_lock.hold(config.output_dir, "training a vocabulary"):
        outputs.refuse_to_overwrite(
            os.path.join(config.output_dir, tokenizer_settings.FILE_NAME)
        )
        files.remove_unfinished(config.output_dir)
        return _make(config)


def _make(config: vocabulary_config.VocabularyConfig) -> VocabularyResult:
    """Reads the text, trains on it, writes the vocabulary and its report."""
    how = tokenizer_settings.TokenizerSettings(
        kind="sentencepiece",
        lower_case=config.do_lower_case,
        normalization=config.normalization,
    )
    samples = holdout.Samples(
        how.normalizer(),
        max_bytes=trainer_memory.sample_bytes(
            config.memory_limit_gb * 1e9, trainer_memory.used()
        ),
        longest=training.LONGEST_SENTENCE,
        seed=config.random_seed,
    )
    counts, texts, is_heldout = _deal(samples, config)
    sample = samples.training
    counts |= {"sampled": len(sample), "sampled_bytes": sample.num_bytes}
    logging.info(
        "Training on %s sentences, %.1f MB of %.1f; takes about %.0f s.",
        f"{len(sample):,}",
        sample.num_bytes / 1e6,
        counts["read_bytes"] / 1e6,
        1 + sample.num_bytes * trainer_memory.SECONDS_PER_BYTE,
    )
    model = training.train(sample.drain(), vocab_size=config.vocab_size)
    tokenizer = tokenizers.Tokenizer(model, how)
    report = {
        "sentences": counts,
        "reported_on": {
            "held_out": is_heldout,
            "sentences": len(texts),
            "bytes": sum(len(text.encode()) for text in texts),
        },
        "fit": vocabulary_report.measure(tokenizer, texts),
    }
    tokenizer.save(config.output_dir)
    files.write(
        os.path.join(config.output_dir, REPORT_FILE),
        (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode(),
    )
    _log(report, is_heldout)
    logging.info(
        "Wrote %d pieces to %s. Next: albert-tf records --spm_model_file=%s",
        tokenizer.vocab_size,
        config.output_dir,
        os.path.join(config.output_dir, "tokenizer.model"),
    )
    return VocabularyResult(config.output_dir, tokenizer.vocab_size, report)


def _deal(
    samples: holdout.Samples, config: vocabulary_config.VocabularyConfig
) -> tuple[dict[str, int], list[str], bool]:
    """Reads the text; returns its counts, the texts to report on, and whether
    these are held out."""
    sentences = progress.watch(_sentences(config), "sentences")
    if config.heldout_file:
        counts = samples.deal(sentences, 0.0)
        other = dataclasses.replace(
            config, input_file=config.heldout_file, tfds=""
        )
        samples.deal(_sentences(other), 1.0)
        return counts, samples.heldout(), True
    share = config.heldout_fraction
    if share is None:
        share, sentences = holdout.share(sentences, training.LONGEST_SENTENCE)
    counts = samples.deal(sentences, share)
    return counts, *samples.reported_on()


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
            "Fewer than %d sentences are held out, which is too few for a "
            "report, so this one is on the text that the vocabulary was "
            "trained on. Name other text with --heldout_file.",
            holdout.FEWEST,
        )
    for advice in vocabulary_report.warnings(report["fit"]):
        logging.warning("%s", advice)


def _sentences(config: text_config.TextConfig) -> Iterator[str]:
    for document in documents.read(config):
        yield from document.sentences
