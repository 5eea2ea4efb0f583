"""A grown model computes what the model it grew from does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import growth
from albert_tf import models

OLD = {
    "vocab_size": 30,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 11,
}
BATCH = {
    "token_ids": tf.constant([[7, 8, 9, 10, 11], [12, 13, 14, 0, 0]]),
    "padding_mask": tf.constant([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    "mask_positions": tf.constant([[1, 2], [0, 2]]),
}


def random_model(**config):
    """Every weight random, norms included, so that nothing is an identity."""
    model = albert_tf.AlbertPretrainer(
        albert_tf.AlbertConfig(**{**OLD, **config})
    )
    rng = np.random.default_rng(0)
    for name, weight in models.named_weights(model).items():
        centre = 1.0 if name.endswith("gamma") else 0.0
        weight.assign(rng.normal(centre, 0.4, weight.shape))
    return model


def grown_model(model, **config):
    new = albert_tf.AlbertConfig(**{**model.config.to_dict(), **config})
    old = {k: w.numpy() for k, w in models.named_weights(model).items()}
    values = growth.grow(old, model.config, new)
    grown = albert_tf.AlbertPretrainer(new)
    weights = models.named_weights(grown)
    assert weights.keys() == values.keys()
    for name, weight in weights.items():
        weight.assign(values[name])
    return grown


@pytest.mark.parametrize(
    "old, new",
    [
        ({}, {"num_hidden_groups": 2}),
        ({}, {"num_hidden_groups": 3}),
        ({"num_hidden_groups": 2}, {"num_hidden_groups": 4}),
        ({}, {"num_hidden_groups": 12}),  # of which layers use 4
        ({}, {"share_parameters": "none"}),
        ({}, {"share_parameters": "attention"}),
        ({}, {"share_parameters": "ffn"}),
        (
            {"num_hidden_groups": 2, "inner_group_num": 2},
            {"share_parameters": "none"},
        ),
        ({"share_parameters": "ffn"}, {"share_parameters": "none"}),
    ],
)
def test_sharing_less_is_equal_to_the_last_bit(old, new):
    model = random_model(**old)
    grown = grown_model(model, **new)
    assert grown.count_params() > model.count_params()
    expected = model(BATCH)
    for name, value in grown(BATCH).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize(
    "old, new",
    [
        ({}, {"inner_group_num": 2}),
        ({"inner_group_num": 2}, {"inner_group_num": 4}),
        (
            {"num_hidden_groups": 2},
            {"inner_group_num": 3, "num_hidden_groups": 4},
        ),
        ({}, {"num_hidden_layers": 5, "share_parameters": "none"}),
        ({}, {"num_hidden_layers": 7, "num_hidden_groups": 7}),
        (
            {"share_parameters": "none"},
            {"num_hidden_layers": 6, "inner_group_num": 2},
        ),
    ],
)
def test_new_blocks_change_nothing(old, new):
    model = random_model(**old)
    expected = model(BATCH)
    for name, value in grown_model(model, **new)(BATCH).items():
        np.testing.assert_allclose(
            value, expected[name], rtol=1e-5, atol=1e-5, err_msg=name
        )


def test_new_blocks_learn():
    model = grown_model(random_model(), inner_group_num=2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(BATCH)["mlm_logits"] ** 2)
    names = models.named_weights(model)
    added = "encoder/transformer/group_0_inner_1_"
    kernels = [
        names[f"{added}{half}/output_kernel"].value
        for half in ("attention", "ffn")
    ]
    for gradient in tape.gradient(loss, kernels):
        assert np.abs(gradient).max() > 1e-3


@pytest.mark.parametrize(
    "old, new, where",
    [
        # One block cannot both be itself and change nothing.
        ({}, {"num_hidden_layers": 5}, "layers 0 and 3 .* their ffn"),
        (
            {},
            {"num_hidden_layers": 8, "num_hidden_groups": 2},
            "layers 0 and 3",
        ),
        (
            {},
            {"num_hidden_layers": 5, "share_parameters": "attention"},
            "layers 0 and 4 .* their attention",
        ),
        # Layers 2 and 3 are in one of three groups, and were in two of two.
        (
            {"num_hidden_layers": 6, "num_hidden_groups": 2},
            {"num_hidden_groups": 3},
            "layers 2 and 3",
        ),
        ({"num_hidden_groups": 2}, {"num_hidden_groups": 1}, "layers 0 and 2"),
    ],
)
def test_what_cannot_be_the_same_is_an_error(old, new, where):
    with pytest.raises(ValueError, match=f"able to compute.*{where}"):
        grown_model(random_model(**old), **new)


@pytest.mark.parametrize(
    "new, received",
    [
        ({"hidden_size": 16}, "hidden_size: 8 before, 16 now"),
        ({"num_hidden_layers": 3}, "num_hidden_layers: 4 before, 3 now"),
        ({"hidden_act": "relu"}, "hidden_act"),
    ],
)
def test_what_does_not_grow(new, received):
    with pytest.raises(ValueError, match=received):
        grown_model(random_model(), **new)


def test_dropout_may_change():
    keras.utils.set_random_seed(0)
    model = random_model()
    grown = grown_model(model, num_hidden_groups=2, hidden_dropout_prob=0.1)
    np.testing.assert_array_equal(
        grown(BATCH)["mlm_logits"], model(BATCH)["mlm_logits"]
    )
