"""Texts that share rows get what rows of their own give them."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from data_pipeline.answers import packed

CONFIG = albert_tf.AlbertConfig(
    vocab_size=50,
    embedding_size=6,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=20,
    max_position_embeddings=600,
    initializer_range=0.5,  # far from uniform, so that a leak would show
)


@pytest.fixture(scope="module")
def logits():
    model = albert_tf.AlbertClassifier(CONFIG, num_classes=3, seed=1)
    return tf.function(
        lambda rows: model.call(rows)["logits"], reduce_retracing=True
    )


def rows_of(lengths):
    """Random texts and pairs, int32 [B, S]."""
    rng = np.random.default_rng(0)
    places = np.arange(max(lengths, default=0))[None]
    lengths = np.array(lengths, int).reshape(-1, 1)
    real = places < lengths
    rows = {
        "token_ids": rng.integers(5, 50, real.shape) * real,
        "segment_ids": (places > lengths // 2) & real,
        "padding_mask": real,
    }
    return {name: tf.constant(value, tf.int32) for name, value in rows.items()}


@pytest.mark.parametrize(
    "lengths, shape",
    [
        ([5], (1, 5)),
        ([8, 30, 12, 9, 40, 8, 11, 10, 9, 31, 8, 14], (1, 190)),
        ([10] * 40 + [60] * 3, (3, 200)),
        ([10, 512, 10], (1, 532)),
        ([500] * 3, (3, 500)),  # nothing to gain
        ([9] * 7, (7, 9)),
    ],
)
def test_outputs_are_equal(logits, lengths, shape):
    rows = rows_of(lengths)
    together, places = packed.pack(rows)
    assert together["token_ids"].shape == shape
    np.testing.assert_allclose(
        tf.gather_nd(logits(together), places), logits(rows), atol=1e-5
    )


def test_no_text():
    together, places = packed.pack(rows_of([]))
    assert together["token_ids"].shape == (0, 0)
    assert places.shape == (0, 2)
