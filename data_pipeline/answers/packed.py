"""Packs several texts into a row, so that short texts need little padding.

The texts of a request are concatenated and cut into rows at starts of texts,
without sorting or loops, so that the model runs once for all of them. Several
divisions into rows are tried, among them one text per row, and the one with the
least work is used.
"""

import tensorflow as tf

from data_pipeline.answers import token_rows

# Approximate numbers of tokens in a row. Longer rows have less padding.
_SIZES = (128, 192, 256, 384, 512, 768)
# Row length at which attention takes as long as the products with weights.
# Multiplications alone would give 4,600 for the base size, but softmax adds
# work.
_ATTENTION = 1500


def pack(rows: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Packs texts into rows, in order.

    Args:
        rows: token_ids, segment_ids and padding_mask, int32 [B, S], with one
            text in each row.
    Returns:
        The same for R packed rows, with pack_ids and position_ids, int32
        [R, S'], and first_positions, int32 [R, K], for up to K texts in a row;
        and the row and the slot of each text, int32 [B, 2].
    """
    lengths = tf.reduce_sum(rows["padding_mask"], axis=1)

    # For each text: its row, its slot there, and where it starts.
    row = _rows(lengths)
    number = tf.maximum(tf.reduce_max(row), -1) + 1  # there may be no texts
    splits = tf.searchsorted(row, tf.range(number + 1))
    begin = tf.gather(splits, row)
    slot = tf.range(tf.size(row)) - begin
    start = tf.cumsum(lengths, exclusive=True)
    first = start - tf.gather(start, begin)

    # For each token: its text and its position there.
    text, place = token_rows.places(
        tf.concat([[0], tf.cumsum(lengths)], axis=0)
    )
    here = rows["padding_mask"] > 0

    def dense(values: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        return tf.RaggedTensor.from_value_rowids(
            values, row, nrows=number, validate=False
        ).to_tensor()

    of_token = tf.gather(row, text)
    packed = {
        name: dense(tf.boolean_mask(values, here), of_token)
        for name, values in rows.items()
    }
    packed["pack_ids"] = dense(tf.gather(slot, text) + 1, of_token)
    packed["position_ids"] = dense(place, of_token)
    packed["first_positions"] = dense(first, row)
    return packed, tf.stack([row, slot], axis=1)


def _rows(lengths: tf.Tensor) -> tf.Tensor:
    """The row of each text, int32 [B], in the division with the least work."""
    total = tf.reduce_sum(lengths)
    sizes = tf.constant(_SIZES)
    sizes = total // tf.maximum(1, total // sizes) + 1  # similar sizes
    start = tf.cumsum(lengths, exclusive=True)
    texts = tf.range(tf.size(lengths))
    # divisions[d]: numbers that ascend with the rows of division d, by text.
    divisions = tf.concat(
        [texts[tf.newaxis], start // sizes[:, tf.newaxis]], axis=0
    )

    # For each division: number of rows, length of the longest, total work.
    starts = tf.concat(
        [
            tf.ones_like(divisions[:, :1]),
            divisions[:, 1:] - divisions[:, :-1],
        ],
        axis=1,
    )
    row = tf.cumsum(tf.cast(starts > 0, tf.int32), axis=1) - 1
    count = tf.reduce_max(row, axis=1) + 1
    number = row + tf.size(lengths) * tf.range(tf.size(count))[:, tf.newaxis]
    tokens = tf.math.unsorted_segment_sum(
        tf.broadcast_to(lengths, tf.shape(row)),
        number,
        tf.size(row),
    )
    tokens = tf.reshape(tokens, tf.shape(row))
    longest = tf.cast(tf.reduce_max(tokens, axis=1), tf.float32)
    work = tf.cast(count, tf.float32) * longest * (1 + longest / _ATTENTION)
    return row[tf.argmin(work)]
