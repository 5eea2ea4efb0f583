r"""Text to pretraining records.

    python -m data_pipeline.pretraining.create_pretraining_data \
        --input_file=corpus/train.txt --spm_model_file=vocab/tokenizer.model \
        --output_dir=records/train --max_seq_length=512

Each text is stored once, unmasked: masks, and which examples have their
segments exchanged, are drawn anew in every epoch of training.
"""

import dataclasses
import itertools
import os
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from absl import flags
from absl import logging
from tqdm import auto as tqdm

from data_pipeline import command_line
from data_pipeline.pretraining import corpora
from data_pipeline.pretraining import records
from data_pipeline.pretraining import segments
from data_pipeline.text import damage
from data_pipeline.text import tokenizer as tokenizer_lib

# Documents that are looked at for damage before the work begins.
_SAMPLE_DOCUMENTS = 10

_FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the records, beside the text and the tokenizer."""

    max_seq_length: int = 512
    short_seq_prob: float = 0.1
    random_seed: int = 12345


def create(
    documents: Iterable[corpora.Document],
    tokenizer: tokenizer_lib.Tokenizer,
    output_dir: str,
    settings: Settings,
    num_shards: int = 1,
) -> records.Manifest:
    """Writes the records of `documents`, their tokenizer and the manifest.

    Same documents, tokenizer and settings give the same bytes.

    Raises:
        FileExistsError: `output_dir` holds a record set.
        ValueError: no document yields an example.
    """
    command_line.refuse_to_overwrite(os.path.join(output_dir, records.MANIFEST))
    tf.io.gfile.makedirs(output_dir)
    counts = {"documents": 0, "sentences": 0, "tokens": 0, "records": 0}
    shards = records.write_shards(
        output_dir,
        _examples(documents, tokenizer, settings, counts),
        num_shards,
    )
    if not counts["records"]:
        for shard in shards:
            tf.io.gfile.remove(os.path.join(output_dir, shard["name"]))
        raise ValueError(
            "The text must hold at least one token. "
            f"Received: {counts['documents']} documents with "
            f"{counts['tokens']} tokens. Is the input file empty, or in "
            "another format than --input_format says?"
        )
    tokenizer.save(output_dir)
    manifest = records.Manifest(
        settings=dataclasses.asdict(settings),
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        counts=counts,
        shards=shards,
    )
    records.write_manifest(output_dir, manifest)
    return manifest


def _examples(
    documents: Iterable[corpora.Document],
    tokenizer: tokenizer_lib.Tokenizer,
    settings: Settings,
    counts: dict[str, int],
) -> Iterator[segments.Example]:
    """The examples of all documents; `counts` grows as they pass."""
    for number, document in enumerate(documents):
        sentences = tokenizer.encode_batch(document.sentences)
        counts["documents"] += 1
        counts["sentences"] += len(sentences)
        counts["tokens"] += sum(map(len, sentences))
        for example in segments.split_document(
            sentences,
            # A document's own numbers, whoever works on it and when.
            np.random.default_rng([settings.random_seed, number]),
            max_seq_length=settings.max_seq_length,
            short_seq_prob=settings.short_seq_prob,
        ):
            counts["records"] += 1
            yield example


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    tokenizer = tokenizer_lib.load(
        _FLAGS.spm_model_file, lower_case=_FLAGS.do_lower_case
    )
    documents = corpora.read(_FLAGS.input_file, _FLAGS.input_format)
    first = list(itertools.islice(documents, _SAMPLE_DOCUMENTS))
    damage.warn(
        tokenizer, [line for document in first for line in document.sentences]
    )
    manifest = create(
        tqdm.tqdm(itertools.chain(first, documents), unit=" documents"),
        tokenizer,
        _FLAGS.output_dir,
        Settings(
            max_seq_length=_FLAGS.max_seq_length,
            short_seq_prob=_FLAGS.short_seq_prob,
            random_seed=_FLAGS.random_seed,
        ),
        _FLAGS.num_shards,
    )
    logging.info("Wrote %s to %s.", manifest.counts, _FLAGS.output_dir)


if __name__ == "__main__":
    corpora.define_input_flags()
    flags.adopt_module_key_flags(corpora)  # for --help
    flags.DEFINE_string(
        "spm_model_file", None, "The SentencePiece model, or its folder."
    )
    flags.DEFINE_string("output_dir", None, "Where the records go.")
    flags.DEFINE_bool(
        "do_lower_case",
        None,
        "Lower-case the text. Left out: as the vocabulary's tokenizer.json "
        "says, or True without one.",
    )
    flags.DEFINE_integer(
        "max_seq_length",
        512,
        "Tokens in a row, special ones included.",
        lower_bound=8,
    )
    flags.DEFINE_float(
        "short_seq_prob",
        0.1,
        "Share of rows that are cut shorter.",
        lower_bound=0.0,
        upper_bound=1.0,
    )
    flags.DEFINE_integer("random_seed", 12345, "Seed of cuts and lengths.")
    flags.DEFINE_integer(
        "num_shards", 1, "Files to deal the records to.", lower_bound=1
    )
    flags.mark_flags_as_required(["spm_model_file", "output_dir"])
    command_line.run(main)
