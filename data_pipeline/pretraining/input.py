"""Records to masked, static-shape batches, replayable from (seed, step).

Every batch is a pure function of (records, seed, step): the order of an epoch
is a permutation computed index by index, and the exchange and the masks of a
record are drawn from (seed, epoch, record). So training may start at any step,
and no worker count or buffer size changes what it sees.
"""

import dataclasses
import os

import numpy as np
import tensorflow as tf

from data_pipeline import command_line
from data_pipeline.pretraining import layout
from data_pipeline.pretraining import masking
from data_pipeline.pretraining import randomness
from data_pipeline.pretraining import record_files
from data_pipeline.pretraining import records
from data_pipeline.text import tokenizer as tokenizer_lib

# Rows are drawn in blocks, since a block costs hardly more than a row.
_BLOCK = 512
# Random streams of a run; masking has its own beside them.
_EXCHANGE = 0
# sentence_order of rows with no second segment, and of those that only fill
# the last evaluation batch: they have no such example.
NO_EXAMPLE = -1


@dataclasses.dataclass(frozen=True, eq=False)
class RecordSet:
    """Record files with what is needed to make batches of them.

    Args:
        files: the records.
        manifest: what they hold.
        tokenizer: the one that made them, as saved beside them.
    """

    files: record_files.RecordFiles
    manifest: records.Manifest
    tokenizer: tokenizer_lib.Tokenizer


@dataclasses.dataclass(frozen=True)
class Split:
    """How a global batch is dealt out: `hosts` equal parts, one of them this
    host's (`host`), and `replicas` equal parts in all.
    """

    host: int = 0
    hosts: int = 1
    replicas: int = 1

    def global_position(self, position, batch_size: int):
        """Where the run's row sequence holds this host's row `position`."""
        rows = batch_size // self.hosts
        step = position // rows
        return step * batch_size + self.host * rows + position % rows


def open_records(patterns: str, max_seq_length: int) -> RecordSet:
    """Opens the record set that comma-separated patterns name.

    Args:
        patterns: as `records/train/*.tfrecord`; all files in one folder.
        max_seq_length: S, which the records must fit.
    Raises:
        FileNotFoundError: no file matches, or no manifest lies beside them.
        ValueError: files of several sets, damaged files, records made with
            another length, or another tokenizer than the one beside them.
    """
    paths = command_line.matching_files(
        patterns,
        "Record files",
        "Make them with data_pipeline.pretraining.create_pretraining_data.",
    )
    folders = sorted({os.path.dirname(path) for path in paths})
    if len(folders) > 1:
        raise ValueError(
            "The records of a run lie in one folder, with their manifest. "
            f"Received: {patterns!r} with files in {', '.join(folders)}."
        )
    manifest = records.read_manifest(folders[0])
    _check_sizes(paths, manifest)
    made_with = manifest.settings["max_seq_length"]
    if made_with != max_seq_length:
        raise ValueError(
            "--max_seq_length must be what the records were made with. "
            f"Received: {max_seq_length}, and {folders[0]} made with "
            f"{made_with}. Pass --max_seq_length={made_with} or make the "
            "records again."
        )
    tokenizer = tokenizer_lib.load(folders[0])
    if tokenizer.fingerprint != manifest.tokenizer:
        raise ValueError(
            "The tokenizer beside the records must be the one that made them. "
            f"Received: {folders[0]} with tokenizer {tokenizer.fingerprint}, "
            f"and a manifest that says {manifest.tokenizer}. Make the records "
            "again."
        )
    return RecordSet(record_files.RecordFiles(paths), manifest, tokenizer)


def mask_spec(
    tokenizer: tokenizer_lib.Tokenizer, **settings
) -> masking.MaskSpec:
    """How to mask what this tokenizer made; `settings` as in MaskSpec."""
    special = [
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    ]
    ids = np.arange(tokenizer.vocab_size, dtype=np.int32)
    return masking.MaskSpec(
        starts_word=tokenizer.starts_word,
        ordinary_ids=ids[~np.isin(ids, special)],
        special_ids=(tokenizer.cls_id, tokenizer.sep_id),
        mask_id=tokenizer.mask_id,
        **settings,
    )


def training_batches(
    record_set: RecordSet,
    spec: masking.MaskSpec,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    split: Split = Split(),
) -> tf.data.Dataset:
    """Batches without end, starting with that of `first_step`.

    Args:
        record_set: from `open_records`.
        spec: from `mask_spec`.
        batch_size: B, rows of one global batch.
        seed: of order, exchanges and masks.
        first_step: number of the first batch.
        split: the part of every batch that this host reads, and the replicas
            that it deals them to.
    Returns:
        A dataset of dicts: token_ids, segment_ids, padding_mask int32 [b, S];
        mask_positions, mask_ids int32 [b, M]; mask_weights float32 [b, M];
        sentence_order int32 [b], 1 where the segments are exchanged, 0 where
        not, NO_EXAMPLE where there is one segment only. b is B over all
        replicas; elements go to this host's replicas in turn.
    """
    size = len(record_set.files)

    def draw(position):
        position = split.global_position(position, batch_size)
        epoch = position // size
        number = _shuffle(position % size, size, seed, epoch)
        return _examples(record_set, spec, seed, epoch, number)

    first = first_step * batch_size // split.hosts
    positions = tf.data.Dataset.range(first, np.iinfo(np.int64).max)
    return _batches(positions, draw, batch_size // split.replicas)


def evaluation_batches(
    record_set: RecordSet,
    spec: masking.MaskSpec,
    *,
    batch_size: int,
    seed: int,
    max_batches: int,
    split: Split = Split(),
) -> tuple[tf.data.Dataset, int]:
    """Every record once, masked once and for all by `seed`, in order.

    The last batch is filled up with rows that weigh nothing: their
    sentence_order is NO_EXAMPLE and their mask_weights are 0.

    Args: as `training_batches`; max_batches: stop after so many.
    Returns:
        The dataset, and the number of its global batches.
    """
    size = len(record_set.files)
    batches = min(-(-size // batch_size), max_batches)

    def draw(position):
        position = split.global_position(position, batch_size)
        number = tf.minimum(position, size - 1)
        batch = _examples(record_set, spec, seed, tf.zeros_like(number), number)
        real = position < size
        batch["mask_weights"] *= tf.cast(real, tf.float32)[:, None]
        batch["sentence_order"] = tf.where(
            real, batch["sentence_order"], NO_EXAMPLE
        )
        return batch

    positions = tf.data.Dataset.range(batches * batch_size // split.hosts)
    return _batches(positions, draw, batch_size // split.replicas), batches


def _batches(positions: tf.data.Dataset, draw, rows: int) -> tf.data.Dataset:
    return (
        positions.batch(_BLOCK)
        .map(draw, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        # XLA compiles one program per shape: every batch has the same.
        .rebatch(rows, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def _shuffle(index, size: int, seed: int, epoch):
    """int64 [B]: where each epoch's permutation of `size` sends `index` [B].

    tf.random.experimental.index_shuffle is this operation, but its wrapper
    fails on one seed for each index (tensorflow 2.21), needed where a block of
    rows spans two epochs.
    """
    zero = tf.zeros_like(epoch)
    return tf.raw_ops.RandomIndexShuffle(
        index=index,
        seed=tf.stack([zero + seed, epoch, zero], axis=1),
        max_index=tf.constant(size - 1, tf.int64),
        rounds=4,
    )


def _examples(record_set, spec, seed, epoch, number):
    """The rows of these records in these epochs, both int64 [B]."""
    serialized = tf.numpy_function(record_set.files.read, [number], tf.string)
    serialized.set_shape([None])
    token_ids, first_length = records.parse(serialized)
    keys = randomness.fold(seed, epoch, number)
    has_second = first_length < tf.cast(token_ids.row_lengths(), tf.int32)
    exchange = randomness.uniform(keys, _EXCHANGE, 1)[:, 0] < 0.5
    exchange &= has_second
    length = record_set.manifest.settings["max_seq_length"]
    tokens, segment_ids, padding_mask = layout.lay_out(
        token_ids,
        first_length,
        exchange,
        length=length,
        cls_id=record_set.tokenizer.cls_id,
        sep_id=record_set.tokenizer.sep_id,
    )
    tokens = tf.ensure_shape(tokens, [None, length])
    return {
        "segment_ids": segment_ids,
        "padding_mask": padding_mask,
        "sentence_order": tf.where(
            has_second, tf.cast(exchange, tf.int32), NO_EXAMPLE
        ),
        **masking.mask_batch(spec, tokens, padding_mask, keys),
    }


def _check_sizes(paths: list[str], manifest: records.Manifest) -> None:
    made = {shard["name"]: shard["bytes"] for shard in manifest.shards}
    for path in paths:
        size = tf.io.gfile.stat(path).length
        expected = made.get(os.path.basename(path))
        if size != expected:
            raise ValueError(
                "Record files must be as their manifest says. Received: "
                f"{path} with {size} bytes, where the manifest says "
                f"{expected}. Make the records again."
            )
