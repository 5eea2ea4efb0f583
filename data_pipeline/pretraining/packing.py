"""Several short examples in one row: which ones, and how.

`plan` decides it once, from the lengths of all records, so that an epoch is a
permutation of rows; `pack` puts a batch of masked examples together.

Source: Krell et al. 2021, "Efficient sequence packing without
cross-contamination", shortest-pack-first histogram packing.
"""

import math

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import record_files

# K, examples in a row at most: the shapes of a step cannot depend on the data.
# Records made for rows of their length need 2. Records of 46 tokens on average
# (Wikipedia, made for 64) fill rows of 512 to 36% with K = 4, 72% with 8 and
# 98.8% with 16; what K costs is a pooled vector for each.
MAX_EXAMPLES = 16


def plan(
    lengths: np.ndarray, max_seq_length: int, max_examples: int = MAX_EXAMPLES
) -> np.ndarray:
    """Deals all records out to rows.

    Works on the histogram of lengths: from the longest to the shortest, all
    examples of a length go into the rows with the most space left that can
    take them, as many rows of one kind at a time as there are. So its work
    depends on max_seq_length, and only the last step, pure indexing, on the
    number of records.

        lengths = [3, 6, 4, 3], max_seq_length = 10 -> [[1, 2], [0, 3]]

    Args:
        lengths: int [records], tokens of each, special ones included.
        max_seq_length: S, at least the longest of them.
        max_examples: K.
    Returns:
        int32 [rows, K], record numbers, the longest first; unused slots -1.
        Every record is in exactly one row.
    Raises:
        ValueError: a record that does not fit.
    """
    if lengths.max(initial=0) > max_seq_length:
        raise ValueError(
            "A record must fit into a row. Received: a record of "
            f"{lengths.max()} tokens for rows of {max_seq_length}. Use a "
            "longer --max_seq_length."
        )
    by_length = np.argsort(
        lengths.astype(np.min_scalar_type(max_seq_length)), kind="stable"
    )
    counts = np.bincount(lengths, minlength=max_seq_length + 1)
    # The next record of each length that has no row yet.
    following = np.cumsum(counts) - counts
    kinds = _kinds_of_row(counts, max_seq_length, max_examples)
    rows = np.full((sum(n for n, _ in kinds), max_examples), -1, np.int32)
    row = 0
    for number, kind in kinds:
        for slot, length in enumerate(kind):
            first = following[length]
            rows[row : row + number, slot] = by_length[first : first + number]
            following[length] += number
        row += number
    return rows


def _kinds_of_row(counts, max_seq_length, max_examples):
    """[(number of rows, (lengths in such a row))] that use up `counts`."""
    # By the space they leave: rows that can take more.
    open_kinds = [[] for _ in range(max_seq_length + 1)]
    closed = []

    def put(number, kind):
        space = max_seq_length - sum(kind)
        full = len(kind) == max_examples or space < record_files.SHORTEST_ROW
        (closed if full else open_kinds[space]).append((number, kind))

    for length in range(max_seq_length, 0, -1):
        left, space = int(counts[length]), max_seq_length
        while left and space >= length:
            if not open_kinds[space]:
                space -= 1
                continue
            number, kind = open_kinds[space].pop()
            if number > left:
                open_kinds[space].append((number - left, kind))
                number = left
            put(number, (*kind, length))
            left -= number
        # New rows, each with as many of them as it takes.
        while left:
            each = min(max_examples, max_seq_length // length, left)
            number = left // each
            put(number, (length,) * each)
            left -= number * each
    return closed + [kind for kinds in open_kinds for kind in kinds]


def mask_slots(
    max_seq_length: int,
    max_predictions: int,
    masked_lm_prob: float,
    max_examples: int = MAX_EXAMPLES,
) -> int:
    """M of packed rows: as many as the examples of a row can ever have.

    An example of n tokens has max(1, round(p n)) masks: at most 1/2 more than
    p n by rounding, or 1 - p n more where that is below 1, n being at least 3.
    The n add up to S at most, so K examples have at most
    p S + K max(1/2, 1 - 3 p); and never more than max_predictions each.
    """
    most = max(0.5, 1 - record_files.SHORTEST_ROW * masked_lm_prob)
    # p n is computed in float32.
    total = masked_lm_prob * max_seq_length + max_examples * most + 1e-3
    return min(max_examples * max_predictions, math.floor(total))


def pack(examples, per_row, *, length, slots, max_examples=MAX_EXAMPLES):
    """Puts masked examples together, as many as `per_row` says in each row.

        two rows of one example     token_ids  [CLS] 7 [SEP] 0 0, [CLS] 8 ...
        per_row = [2]               token_ids     [CLS] 7 [SEP] [CLS] 8 [SEP]
                                    pack_ids          1 1     1     2 2     2
                                    position_ids      0 1     2     0 1     2
                                    first_positions   0 3

    Args:
        examples: a batch [E, ...] of examples, one a row, masked.
        per_row: int64 [B], how many follow each other in a row; sum E.
        length: S of the packed rows.
        slots: M of the packed rows.
        max_examples: K.
    Returns:
        A dict: token_ids, segment_ids, padding_mask, pack_ids, position_ids
        int32 [B, S]; mask_positions, mask_ids int32 [B, M]; mask_weights
        float32 [B, M]; first_positions int32 [B, K], where each example starts;
        sentence_order int32 [B, K]. Unused places are 0, in sentence_order
        layout.NO_EXAMPLE.
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

    def join(values, counts, width, default=0):
        """values [any], counts [E] of each example -> [B, width]."""
        counts = tf.math.unsorted_segment_sum(
            counts, row, tf.size(per_row, tf.int64)
        )
        rows = tf.RaggedTensor.from_row_lengths(values, counts)
        default = tf.constant(default, values.dtype)
        return rows.to_tensor(default, shape=[None, width])

    def spread(per_example, where):
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
