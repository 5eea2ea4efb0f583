"""Google's record format: rows that are already laid out and masked.

A record of S tokens and M masks is a tf.train.Example with
    input_ids             int64 [S], masked; padding is 0
    input_mask            int64 [S], 1 at tokens, 0 at padding
    segment_ids           int64 [S]
    token_boundary        int64 [S], 1 at [CLS], [SEP] and pieces that start a
                          word; we write it, and nothing here reads it
    masked_lm_positions   int64 [M]; unused slots are 0, also in the next two
    masked_lm_ids         int64 [M]
    masked_lm_weights     float [M]
    next_sentence_labels  int64 [1], the sentence order, despite its name

Source: google-research/albert, create_pretraining_data.py,
write_instance_to_example_files, and run_pretraining.py, input_fn_builder.
google-research/bert's records have the same features except token_boundary.
"""

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import tfrecords

# Google's names by ours: features of S numbers, then those of M.
_ROW = {
    "token_ids": "input_ids",
    "padding_mask": "input_mask",
    "segment_ids": "segment_ids",
}
_SLOTS = {
    "mask_positions": "masked_lm_positions",
    "mask_ids": "masked_lm_ids",
    "mask_weights": "masked_lm_weights",
}
_LABEL = "next_sentence_labels"
_BOUNDARY = "token_boundary"


def serialize_batch(batch: dict[str, np.ndarray]) -> list[bytes]:
    """Serializes B masked rows.

    Args:
        batch: token_ids, segment_ids, padding_mask, token_boundary int [B, S];
            mask_positions, mask_ids int [B, M]; mask_weights float [B, M];
            sentence_order int [B], 0 or 1.
    """
    features = {
        **{theirs: batch[ours] for ours, theirs in (_ROW | _SLOTS).items()},
        _BOUNDARY: batch["token_boundary"],
        _LABEL: batch["sentence_order"][:, None],
    }
    return [
        tfrecords.example({name: rows[i] for name, rows in features.items()})
        for i in range(len(batch["token_ids"]))
    ]


def parse(
    serialized: tf.Tensor, max_seq_length: int, max_predictions: int
) -> dict[str, tf.Tensor]:
    """Reads a batch of records.

    Args:
        serialized: string [B].
        max_seq_length: S of these records.
        max_predictions: M of these records.
    Returns:
        A dict, as in `batching.training_batches`: token_ids, segment_ids,
        padding_mask int32 [B, S]; mask_positions, mask_ids int32 [B, M];
        mask_weights float32 [B, M]; sentence_order int32 [B], NO_EXAMPLE where
        there is no second segment.
    """
    sizes = {
        **dict.fromkeys(_ROW.values(), max_seq_length),
        **dict.fromkeys(_SLOTS.values(), max_predictions),
        _LABEL: 1,
    }
    parsed = tf.io.parse_example(
        serialized,
        {
            name: tf.io.FixedLenFeature([size], _dtype(name))
            for name, size in sizes.items()
        },
    )
    parsed = {
        name: tf.cast(values, tf.int32) if values.dtype == tf.int64 else values
        for name, values in parsed.items()
    }
    batch = {ours: parsed[theirs] for ours, theirs in (_ROW | _SLOTS).items()}
    has_second = tf.reduce_any(batch["segment_ids"] == 1, axis=1)
    batch["sentence_order"] = tf.where(
        has_second, parsed[_LABEL][:, 0], layout.NO_EXAMPLE
    )
    return batch


def sizes(record: bytes) -> tuple[int, int] | None:
    """S and M of a record, or None if it is not of this format.

    Raises:
        ValueError: the record has input_ids but lacks another feature.
    """
    try:
        feature = tf.train.Example.FromString(record).features.feature
    except Exception:  # google.protobuf's DecodeError, of any implementation
        return None
    ids = _ROW["token_ids"]
    if ids not in feature:
        return None
    needed = [*_ROW.values(), *_SLOTS.values(), _LABEL]
    if missing := [name for name in needed if name not in feature]:
        raise ValueError(
            f"Masked records must have {', '.join(needed)}. Received: a record "
            f"with {', '.join(sorted(feature))}, but no {', '.join(missing)}. "
            "Make the records again."
        )
    positions = feature[_SLOTS["mask_positions"]].int64_list.value
    return len(feature[ids].int64_list.value), len(positions)


def _dtype(name: str) -> tf.DType:
    return tf.float32 if name == _SLOTS["mask_weights"] else tf.int64
