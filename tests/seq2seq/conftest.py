"""A small model, and rows for it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf


def small_config(**fields):
    # Large initial weights, so that tokens differ in their probabilities.
    sizes = {
        "vocab_size": 13,
        "embedding_size": 6,
        "hidden_size": 8,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 16,
        "initializer_range": 0.6,
    }
    return albert_tf.AlbertConfig(**{**sizes, **fields})


@pytest.fixture(scope="session")
def model():
    keras.utils.set_random_seed(1)
    return albert_tf.AlbertSeq2Seq(small_config(), max_target_length=9)


@pytest.fixture(scope="session")
def sources():
    """Three sources, of which two are shorter than the row."""
    ids = np.random.RandomState(0).randint(4, 13, [3, 6])
    mask = np.arange(6) < np.array([[6], [3], [5]])
    return {
        "token_ids": tf.constant(ids * mask, tf.int32),
        "padding_mask": tf.constant(mask, tf.int32),
    }
