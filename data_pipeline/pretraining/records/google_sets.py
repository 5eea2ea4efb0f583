"""Opens and checks record files in Google's format, of any origin."""

import hashlib
import os

import numpy as np

from data_pipeline.io import files
from data_pipeline.pretraining.records import google_records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_files
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings

# Number of records in which to look for the largest id.
_SAMPLE = 4096


def open_files(
    paths: list[str],
    max_seq_length: int | None,
    max_predictions: int | None,
    vocabulary: str | None,
) -> tuple | None:
    """Opens records that are masked on disk.

    They usually have no manifest, so its values are taken from the files, and
    the size of the vocabulary from the largest id in the first records.

    Args:
        paths: the files, at least one.
        max_seq_length, max_predictions, vocabulary: as in
            `record_sets.open_records`.
    Returns:
        The fields of a RecordSet, or None if the first record has another
        format.
    Raises:
        ValueError: the records have another length, another number of masks
            or another vocabulary.
    """
    not_empty = [path for path in paths if files.size(path)]
    found = google_records.sizes(_first_record((not_empty or paths)[0]))
    if found is None:
        return None
    opened = record_files.RecordFiles(paths, found[0])
    first = opened.read(np.arange(min(len(opened), _SAMPLE))).tolist()
    for flag, made_with, asked in (
        ("max_seq_length", found[0], max_seq_length or found[0]),
        ("max_predictions_per_seq", found[1], max_predictions or found[1]),
    ):
        if made_with != asked:
            raise ValueError(
                f"--{flag} must be that of the masked records. "
                f"Received: {asked}, and {paths[0]} made with {made_with}. "
                f"Pass --{flag}={made_with}."
            )
    batch = google_records.parse(first, *found)
    pieces = 1 + max(
        int(np.max(batch[ids])) for ids in ("token_ids", "mask_ids")
    )
    folder = os.path.dirname(paths[0])
    if vocabulary is None and files.exists(
        os.path.join(folder, tokenizer_settings.FILE_NAME)
    ):
        vocabulary = folder  # our builder writes one, others do not
    tokenizer = tokenizers.load(vocabulary) if vocabulary else None
    if tokenizer is not None:
        if pieces > tokenizer.vocab_size:
            raise ValueError(
                "--spm_model_file must be the vocabulary of the records. "
                f"Received: {vocabulary} with {tokenizer.vocab_size} pieces, "
                f"and {paths[0]} with id {pieces - 1}. Name the vocabulary "
                "that the records were made with."
            )
        pieces = tokenizer.vocab_size
    manifest = manifests.Manifest(
        settings={"max_seq_length": found[0]},
        tokenizer=tokenizer.fingerprint if tokenizer else "unknown",
        vocab_size=pieces,
        inputs={},
        counts={"records": len(opened)},
        shards=[_shard_by_its_beginning(path) for path in paths],
    )
    return opened, manifest, tokenizer, found[1]


def _first_record(path: str) -> bytes:
    """The data of the first record, or as much of it as there is."""
    with files.open(path) as file:
        header = file.read(tfrecords.HEADER_BYTES)
        # No record takes 16 MB; a larger size means another format.
        size = min(int.from_bytes(header[:8], "little"), 1 << 24)
        return file.read(size)


def _shard_by_its_beginning(path: str) -> dict[str, str | int]:
    """A row for a manifest that identifies a file by its size and start."""
    size = files.size(path)
    with files.open(path) as file:
        digest = hashlib.sha256(str(size).encode() + file.read(1 << 20))
    return {
        "name": os.path.basename(path),
        "bytes": size,
        "sha256": digest.hexdigest(),
    }
