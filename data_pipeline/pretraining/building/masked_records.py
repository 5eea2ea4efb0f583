"""Makes records in Google's format, which are masked on disk."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import google_records
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import randomness

# Random stream for exchanges; masking uses others.
_EXCHANGE = 0


def serialize(
    unmasked: Sequence[examples.Example],
    spec: mask_spec.MaskSpec,
    keys: np.ndarray,
    *,
    max_seq_length: int,
) -> list[bytes]:
    """Makes records of examples, with fixed masks and exchanges.

    An example without a second segment gets label 0, since the format has no
    rows without a question. `google_records.parse` recognizes such a row by
    its segment_ids.

    Args:
        unmasked: B examples, at least one.
        spec: how to mask; M is its max_predictions.
        keys: uint64 [B], different each time that an example is masked.
        max_seq_length: S.
    """
    tokens = [token for example in unmasked for token in example.token_ids]
    fixed = [example.sentence_order for example in unmasked]
    batch = _masked_rows(
        spec,
        max_seq_length,
        tf.RaggedTensor.from_row_lengths(
            np.array(tokens, np.int32),
            np.array([len(example.token_ids) for example in unmasked]),
        ),
        tf.constant([example.first_length for example in unmasked]),
        tf.constant([records.NOT_FIXED if o is None else o for o in fixed]),
        tf.constant(keys),
    )
    batch = {name: value.numpy() for name, value in batch.items()}
    return google_records.serialize_batch(batch)


@tf.function(reduce_retracing=True)
def _masked_rows(
    spec: mask_spec.MaskSpec,
    length: int,
    token_ids: tf.RaggedTensor,
    first_length: tf.Tensor,
    fixed_order: tf.Tensor,
    keys: tf.Tensor,
) -> dict[str, tf.Tensor]:
    has_second = first_length < tf.cast(token_ids.row_lengths(), tf.int32)
    exchange = randomness.uniform(keys, _EXCHANGE, 1)[:, 0] < 0.5
    exchange &= has_second & (fixed_order == records.NOT_FIXED)
    cls_id, sep_id = spec.special_ids
    tokens, segment_ids, padding_mask = layout.lay_out(
        token_ids,
        first_length,
        exchange,
        length=length,
        cls_id=cls_id,
        sep_id=sep_id,
    )
    tokens = tf.ensure_shape(tokens, [None, length])
    starts = tf.gather(tf.constant(spec.starts_word), tokens)
    starts |= (tokens == cls_id) | (tokens == sep_id)
    return {
        "segment_ids": segment_ids,
        "padding_mask": padding_mask,
        "token_boundary": tf.cast(starts, tf.int32) * padding_mask,
        "sentence_order": tf.maximum(fixed_order, tf.cast(exchange, tf.int32)),
        **masking.mask_batch(spec, tokens, padding_mask, keys),
    }
