"""Rows laid out by hand."""

import tensorflow as tf

from data_pipeline.pretraining.records import layout

CLS, SEP = 2, 3


def test_rows():
    rows = layout.lay_out(
        tf.ragged.constant(
            [[7, 8, 9], [7, 8, 9], [7, 8, 9], [5, 6, 7, 8, 9]], dtype=tf.int32
        ),
        tf.constant([2, 2, 3, 5]),
        tf.constant([False, True, False, False]),
        length=7,
        cls_id=CLS,
        sep_id=SEP,
    )
    tokens, segment_ids, padding_mask = (row.numpy().tolist() for row in rows)
    assert tokens == [
        [CLS, 7, 8, SEP, 9, SEP, 0],
        [CLS, 9, SEP, 7, 8, SEP, 0],
        [CLS, 7, 8, 9, SEP, 0, 0],  # one segment only
        [CLS, 5, 6, 7, 8, 9, SEP],
    ]
    assert segment_ids == [
        [0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
    assert padding_mask == [
        [1, 1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 1],
    ]
