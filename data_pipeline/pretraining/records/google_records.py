"""Google's record format: rows that are laid out and masked already.

A record is a tf.train.Example with, for S tokens in a row and M masks,
    input_ids             int64 [S], masked; padding is 0
    input_mask            int64 [S], 1 at tokens, 0 at padding
    segment_ids           int64 [S]
    token_boundary        int64 [S], 1 at [CLS], [SEP] and pieces that start a
                          word; we write it, and nothing here reads it
    masked_lm_positions   int64 [M], unused ones 0, as those of the next two
    masked_lm_ids         int64 [M]
    masked_lm_weights     float [M]
    next_sentence_labels  int64 [1], whatever its name, the sentence order

Source: google-research/albert, create_pretraining_data.py,
write_instance_to_example_files, and run_pretraining.py, input_fn_builder.
google-research/bert's records have the same features but token_boundary.
"""

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import tfrecords

# Features by our names; with S, M or 1 numbers.
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
    """Records of B masked rows.

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
        max_seq_length: S, and max_predictions: M, of these records.
    Returns:
        A dict, as `batching.training_batches`: token_ids, segment_ids,
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
        ValueError: a record with input_ids, but without something else.
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
            f"of {', '.join(sorted(feature))}, without {', '.join(missing)}. "
            "Make the records again."
        )
    positions = feature[_SLOTS["mask_positions"]].int64_list.value
    return len(feature[ids].int64_list.value), len(positions)


def _dtype(name: str) -> tf.DType:
    return tf.float32 if name == _SLOTS["mask_weights"] else tf.int64
