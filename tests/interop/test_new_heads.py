"""Training takes a backbone from a model whose head is for other classes."""

import numpy as np
import pytest
from absl import logging

import albert_tf
from albert_tf import models
from albert_tf.interop import loading

CONFIG = albert_tf.AlbertConfig(
    vocab_size=30,
    embedding_size=4,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=6,
)


def test_a_head_for_other_classes_gives_way_to_a_new_one(caplog):
    three = albert_tf.AlbertClassifier(CONFIG, num_classes=3)
    five = albert_tf.AlbertClassifier(CONFIG, num_classes=5)
    source = loading.open_model(three, "three")
    with pytest.raises(ValueError, match=r"classifier/kernel \(8, 3\), not"):
        loading.initialize(five, source)
    first = models.named_weights(five)["classifier/kernel"].numpy()

    with caplog.at_level(logging.WARNING):
        coverage = loading.initialize(five, source, new_heads=True)

    assert coverage.missing_heads() == ["classifier"]
    assert "three has no classifier that fits" in caplog.text
    found, given = models.named_weights(five), models.named_weights(three)
    np.testing.assert_array_equal(found["classifier/kernel"], first)
    for name in ("encoder/pooler/kernel", "encoder/embeddings/word_embeddings"):
        np.testing.assert_array_equal(found[name], given[name])


def test_a_backbone_of_other_sizes_is_no_new_head():
    wide = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "intermediate_size": 14}
    )
    source = loading.open_model(albert_tf.AlbertClassifier(wide, 3), "wide")
    with pytest.raises(ValueError, match=r"inner_kernel .*\(8, 14\), not"):
        loading.initialize(
            albert_tf.AlbertClassifier(CONFIG, 5), source, new_heads=True
        )
