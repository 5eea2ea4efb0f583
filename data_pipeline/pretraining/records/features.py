"""The record format: an unmasked example as a tf.train.Example.

    token_ids       int64 [n], both segments, no special tokens
    first_length    int64 [1], tokens of the first segment
    sentence_order  int64 [1], only where the label was fixed when the record
                    was made: 0 in order, 1 not in order
    document        int64 [1], only in a document's first record: hash of its
                    text, so that documents and their duplicates can be counted

Masks and exchanges are drawn during training, so each text is stored once.
"""

from collections.abc import Sequence
from typing import Any

from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import tfrecords

# The sentence_order from `parse` if it is to be drawn during training.
NOT_FIXED = -1


def serialize(example: examples.Example, document: int | None = None) -> bytes:
    """A serialized record.

    Args:
        example: the example.
        document: the hash of its document, in the document's first record.
    """
    features = {
        "token_ids": example.token_ids,
        "first_length": [example.first_length],
    }
    if example.sentence_order is not None:
        features["sentence_order"] = [example.sentence_order]
    if document is not None:
        features["document"] = [document]
    return tfrecords.example(features)


def row_tokens(example: examples.Example) -> int:
    """Tokens of the row: [CLS], and one or two segments with [SEP] each."""
    has_second = example.first_length < len(example.token_ids)
    return len(example.token_ids) + 2 + has_second


def parse(serialized: Any) -> tuple[Any, Any, Any]:
    """Reads a batch of records.

    Args:
        serialized: string [B].
    Returns:
        int32: token_ids as a RaggedTensor [B, None], first_length [B] and
        sentence_order [B], which is NOT_FIXED if it is to be drawn.
    """
    import tensorflow as tf  # not needed to write, and takes 4 seconds

    parsed = tf.io.parse_example(
        serialized,
        {
            "token_ids": tf.io.RaggedFeature(tf.int64),
            "first_length": tf.io.FixedLenFeature([], tf.int64),
            "sentence_order": tf.io.FixedLenFeature([], tf.int64, NOT_FIXED),
        },
    )
    return (
        tf.cast(parsed["token_ids"], tf.int32),
        tf.cast(parsed["first_length"], tf.int32),
        tf.cast(parsed["sentence_order"], tf.int32),
    )


def parsed_row_tokens(parsed: Sequence[Any]) -> Any:
    """int32 [B]: the same as `row_tokens`, for records that `parse` read."""
    import tensorflow as tf

    token_ids, first_length, _ = parsed
    total = tf.cast(token_ids.row_lengths(), tf.int32)
    return total + 2 + tf.cast(first_length < total, tf.int32)
