"""Packs several masked examples into one row, as `batches.packing` plans."""

import math
from collections.abc import Mapping

import tensorflow as tf

from data_pipeline.batches import packing
from data_pipeline.pretraining.records import layout


def mask_slots(
    max_seq_length: int,
    max_predictions: int,
    masked_lm_prob: float,
    max_examples: int = packing.MAX_EXAMPLES,
) -> int:
    """M of packed rows: the most masks that the examples of a row can have.

    An example of n tokens, at least 3, has max(1, round(p n)) masks. These are
    at most 1/2 more than p n, by rounding, or 1 - p n more if p n is below 1.
    The n add up to at most S, so K examples have at most
    p S + K max(1/2, 1 - 3 p) masks, and never more than max_predictions each.
    """
    most = max(0.5, 1 - packing.SHORTEST_ROW * masked_lm_prob)
    # p n is computed in float32.
    total = masked_lm_prob * max_seq_length + max_examples * most + 1e-3
    return min(max_examples * max_predictions, math.floor(total))


def pack(
    examples: Mapping[str, tf.Tensor],
    per_row: tf.Tensor,
    *,
    length: int,
    slots: int,
    max_examples: int = packing.MAX_EXAMPLES,
) -> dict[str, tf.Tensor]:
    """Joins masked examples, as many in each row as `per_row` says.

        two rows of one example     token_ids  [CLS] 7 [SEP] 0 0, [CLS] 8 ...
        per_row = [2]               token_ids     [CLS] 7 [SEP] [CLS] 8 [SEP]
                                    pack_ids          1 1     1     2 2     2
                                    position_ids      0 1     2     0 1     2
                                    first_positions   0 3

    Args:
        examples: a batch [E, ...] of masked examples, one in each row.
        per_row: int64 [B], number of consecutive examples in each row; their
            sum is E.
        length: S of the packed rows.
        slots: M of the packed rows.
        max_examples: K.
    Returns:
        A dict: token_ids, segment_ids, padding_mask, pack_ids, position_ids
        int32 [B, S]; mask_positions, mask_ids int32 [B, M]; mask_weights
        float32 [B, M]; first_positions int32 [B, K], where each example starts;
        sentence_order int32 [B, K]. Unused places are 0, or layout.NO_EXAMPLE
        in sentence_order.
    """
    real = examples["padding_mask"] > 0  # [E, T]
    used = examples["mask_weights"] > 0
    tokens = tf.reduce_sum(tf.cast(real, tf.int32), axis=1)  # [E]
    masks = tf.reduce_sum(tf.cast(used, tf.int32), axis=1)
    # Row and slot of each example, and where in the row it starts.
    by_row = tf.RaggedTensor.from_row_lengths(
        tf.range(tf.size(tokens)), per_row
    )
    row = by_row.value_rowids()
    first_of_row = tf.gather(by_row.row_starts(), row)
    slot = tf.range(tf.size(row, tf.int64)) - first_of_row
    start = tf.cumsum(tokens, exclusive=True)
    start -= tf.gather(start, first_of_row)

    def join(
        values: tf.Tensor, counts: tf.Tensor, width: int, default: int = 0
    ) -> tf.Tensor:
        """Values [any], of which each example has counts [E] -> [B, width]."""
        counts = tf.math.unsorted_segment_sum(
            counts, row, tf.size(per_row, tf.int64)
        )
        rows = tf.RaggedTensor.from_row_lengths(values, counts)
        filler = tf.constant(default, values.dtype)
        return rows.to_tensor(filler, shape=[None, width])

    def spread(per_example: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
        """[E] -> the same number at every place of `where` [E, any]."""
        per_example = tf.cast(per_example, tf.int32)[:, None]
        return tf.boolean_mask(
            per_example + tf.zeros_like(where, tf.int32), where
        )

    position = tf.range(tf.shape(real)[1])[None, :]
    position = tf.boolean_mask(position + tf.zeros_like(real, tf.int32), real)
    mask_positions = examples["mask_positions"] + start[:, None]
    one = tf.ones_like(tokens)
    return {
        **{
            name: join(tf.boolean_mask(examples[name], real), tokens, length)
            for name in ("token_ids", "segment_ids", "padding_mask")
        },
        "pack_ids": join(spread(slot + 1, real), tokens, length),
        "position_ids": join(position, tokens, length),
        "mask_positions": join(
            tf.boolean_mask(mask_positions, used), masks, slots
        ),
        **{
            name: join(tf.boolean_mask(examples[name], used), masks, slots)
            for name in ("mask_ids", "mask_weights")
        },
        "first_positions": join(start, one, max_examples),
        "sentence_order": join(
            examples["sentence_order"], one, max_examples, layout.NO_EXAMPLE
        ),
    }
