"""The record format: unmasked examples in TFRecord shards, and a manifest.

A record is a tf.train.Example with
    token_ids     int64 [n], both segments, no special tokens
    first_length  int64 [1], tokens of the first segment
Masks and exchanges are drawn while training, so each text is stored once.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from data_pipeline.pretraining import segments

MANIFEST = "manifest.json"
FORMAT_VERSION = 1


def serialize(example: segments.Example) -> bytes:
    def int64s(values):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    features = {
        "token_ids": int64s(example.token_ids),
        "first_length": int64s([example.first_length]),
    }
    return tf.train.Example(
        features=tf.train.Features(feature=features)
    ).SerializeToString(deterministic=True)


def parse(serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Reads a batch of records.

    Args:
        serialized: string [B].
    Returns:
        int32 token_ids as a RaggedTensor [B, None], and int32 first_length [B].
    """
    parsed = tf.io.parse_example(
        serialized,
        {
            "token_ids": tf.io.RaggedFeature(tf.int64),
            "first_length": tf.io.FixedLenFeature([], tf.int64),
        },
    )
    return (
        tf.cast(parsed["token_ids"], tf.int32),
        tf.cast(parsed["first_length"], tf.int32),
    )


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a record set holds and how it was made.

    settings: max_seq_length, short_seq_prob, random_seed.
    tokenizer: fingerprint of the tokenizer; vocab_size its number of pieces.
    counts: documents, sentences, tokens, records.
    shards: for each file its name, records, bytes and sha256.
    """

    settings: dict[str, Any]
    tokenizer: str
    vocab_size: int
    counts: dict[str, int]
    shards: list[dict[str, Any]]
    format_version: int = FORMAT_VERSION


def write_manifest(folder: str, manifest: Manifest) -> None:
    """Written last: a folder with a manifest holds a whole record set."""
    path = os.path.join(folder, MANIFEST)
    with tf.io.gfile.GFile(path + ".tmp", "w") as file:
        file.write(json.dumps(dataclasses.asdict(manifest), indent=2) + "\n")
    tf.io.gfile.rename(path + ".tmp", path, overwrite=True)


def read_manifest(folder: str) -> Manifest:
    """Reads the manifest of a record set.

    Raises:
        FileNotFoundError: there is none, so the set is not ours or not whole.
        ValueError: another format, or not a manifest.
    """
    path = os.path.join(folder, MANIFEST)
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(
            "A record set carries a manifest.json, written when it is whole. "
            f"Received: {folder!r} without one. Make the records with "
            "data_pipeline.pretraining.create_pretraining_data."
        )
    with tf.io.gfile.GFile(path) as file:
        text = file.read()
    try:
        manifest = Manifest(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must be a record set's manifest: {error}"
        ) from None
    if manifest.format_version != FORMAT_VERSION:
        raise ValueError(
            f"This version reads records of format {FORMAT_VERSION}. "
            f"Received: {path} with format {manifest.format_version}. Make "
            "the records again."
        )
    return manifest


def write_shards(
    folder: str, examples: Iterable[segments.Example], num_shards: int
) -> list[dict[str, Any]]:
    """Deals examples out over shards; returns the manifest's shard rows.

    A shard appears under its final name only when it is whole.
    """
    names = [
        f"part-{shard:05}-of-{num_shards:05}.tfrecord"
        for shard in range(num_shards)
    ]
    paths = [os.path.join(folder, name) for name in names]
    writers = [tf.io.TFRecordWriter(path + ".tmp") for path in paths]
    counts = [0] * num_shards
    for number, example in enumerate(examples):
        shard = number % num_shards
        writers[shard].write(serialize(example))
        counts[shard] += 1
    for writer in writers:
        writer.close()
    rows = []
    for name, path, count in zip(names, paths, counts, strict=True):
        tf.io.gfile.rename(path + ".tmp", path, overwrite=True)
        size, digest = _size_and_digest(path)
        rows.append(
            {"name": name, "records": count, "bytes": size, "sha256": digest}
        )
    return rows


def _size_and_digest(path: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with tf.io.gfile.GFile(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
