"""The manifest of records that a benchmark makes up."""

from data_pipeline.pretraining.records import manifests
from data_pipeline.text import tokenizers


def write(
    folder: str,
    tokenizer: tokenizers.Tokenizer,
    shards: list[dict],
    max_seq_length: int,
) -> None:
    """Writes what reading needs: no inputs and no counts.

    Args:
        folder: the folder of the shards.
        tokenizer: the tokenizer of the ids.
        shards: rows from `tfrecords.write_shard`.
        max_seq_length: tokens of the longest row.
    """
    manifest = manifests.Manifest(
        settings={"max_seq_length": max_seq_length},
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        inputs={},
        counts={},
        shards=shards,
    )
    manifests.write(folder, manifest)
