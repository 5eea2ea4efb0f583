"""albert_tf.attention_weights: what a layer's own attention would use."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.layers import common

B, S, N = 2, 6, 2
INPUTS = {
    "token_ids": tf.constant([[2, 7, 8, 9, 10, 3], [2, 11, 12, 3, 0, 0]]),
    "padding_mask": tf.constant([[1] * 6, [1] * 4 + [0] * 2]),
}


def encoder(**changes):
    return albert_tf.AlbertEncoder(
        albert_tf.AlbertConfig(
            **{
                "vocab_size": 20,
                "embedding_size": 6,
                "hidden_size": 8,
                "num_hidden_layers": 3,
                "num_attention_heads": N,
                "intermediate_size": 12,
                "max_position_embeddings": 9,
                "initializer_range": 0.5,
                **changes,
            }
        )
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_hidden_groups": 2, "inner_group_num": 2},
        {"share_parameters": "none"},
        {"embedding_size": 8},
    ],
)
def test_they_are_those_that_a_call_uses(changes, monkeypatch):
    model = encoder(**changes)
    seen = []

    def dropout(x, rate, seed, site):
        seen.append(x)
        return x

    with monkeypatch.context() as patch:
        patch.setattr(common, "dropout", dropout)
        model(INPUTS)
    used = [x for x in seen if x.shape.rank == 4]  # not the hidden states
    found = albert_tf.attention_weights(model, INPUTS)
    assert len(found) == len(used) == 3 * changes.get("inner_group_num", 1)
    for one, other in zip(found, used, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_each_query_gives_all_its_weight_to_tokens():
    for weights in albert_tf.attention_weights(encoder(), INPUTS):
        np.testing.assert_allclose(
            weights.numpy().sum(axis=-1), np.ones([B, N, S]), atol=1e-5
        )
        assert not weights[1, :, :, 4:].numpy().any()


def test_any_model_with_an_encoder():
    model = albert_tf.AlbertClassifier(encoder().config, num_classes=2)
    one = albert_tf.attention_weights(model, INPUTS)
    other = albert_tf.attention_weights(model.encoder, INPUTS)
    np.testing.assert_array_equal(one, other)


def test_rows_that_are_too_long():
    with pytest.raises(ValueError, match="max_position_embeddings"):
        albert_tf.attention_weights(
            encoder(), {"token_ids": tf.ones([1, 10], tf.int32)}
        )
