"""The last layer at the tokens that are wanted: the same numbers, less work."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.layers import execution as execution_lib

B, S, M = 3, 16, 4
SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "initializer_range": 0.2,
}


def config(**changes):
    return albert_tf.AlbertConfig(**{**SIZES, **changes})


def make_batch(packed=False):
    rng = np.random.default_rng(0)
    ids = rng.integers(5, 50, (B, S)).astype(np.int32)
    padding = np.ones_like(ids)
    padding[0, 11:] = 0
    batch = {
        "token_ids": ids,
        "segment_ids": ids % 2,
        "padding_mask": padding,
        "mask_positions": rng.integers(1, 11, (B, M)),
    }
    if packed:
        batch["pack_ids"] = padding * np.repeat([1, 2], [7, 9])
        batch["first_positions"] = np.tile([0, 7, 0], (B, 1))
    return {name: tf.constant(v, tf.int32) for name, v in batch.items()}


def step(model, batch, execution=None, **call):
    """The two logits, and gradients of a loss of them by weight."""
    model.encoder.execution = execution or execution_lib.Execution()

    @tf.function
    def traced():
        with tf.GradientTape() as tape:
            out = model(batch, **call)
            loss = tf.reduce_mean(tf.sin(out["mlm_logits"]))
            loss += tf.reduce_mean(out["sentence_order_logits"] ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        logits = [out["mlm_logits"], out["sentence_order_logits"]]
        return logits, [tf.convert_to_tensor(g) for g in gradients]

    return tf.nest.map_structure(lambda x: x.numpy(), traced())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("depth", execution_lib.DEPTHS)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param(
            {"num_hidden_groups": 2, "inner_group_num": 2},
            marks=pytest.mark.slow,
        ),
        {"share_parameters": "none"},
        {"num_hidden_layers": 1},
    ],
)
def test_logits_and_gradients_are_those_of_whole_layers(changes, depth, packed):
    model = albert_tf.AlbertPretrainer(config(**changes), seed=1)
    batch = make_batch(packed)
    whole = step(model, batch)
    found = step(
        model, batch, execution_lib.Execution(depth=depth), logits_only=True
    )
    for values, expected in zip(
        tf.nest.flatten(found), tf.nest.flatten(whole), strict=True
    ):
        assert np.abs(expected).max() > 0
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("packed", [False, True])
def test_a_classifier_reads_what_is_pooled(packed):
    model = albert_tf.AlbertClassifier(config(), 3, seed=1)
    batch = make_batch(packed)
    pooled = model.encoder(batch)["pooled_output"]
    assert pooled.shape == ((B, 3, 8) if packed else (B, 8))
    found = model(batch)
    assert set(found) == {"logits"}
    np.testing.assert_allclose(found["logits"], model.head(pooled), atol=1e-6)
    # All layers, which distillation asks for, are whole ones.
    assert model(batch, all_layers=True)["layer_outputs"][-1].shape[1] == S


def test_all_layers_of_a_pretrainer_are_whole_ones():
    model = albert_tf.AlbertPretrainer(config(), seed=1)
    out = model(make_batch(), all_layers=True, logits_only=True)
    assert [x.shape[1] for x in out["layer_outputs"]] == [S] * 3


def test_the_last_layer_multiplies_at_the_masked_and_pooled_tokens_only():
    model = albert_tf.AlbertPretrainer(config(), seed=1)
    batch = make_batch()
    graph = (
        tf.function(lambda: model(batch, logits_only=True))
        .get_concrete_function()
        .graph
    )
    shapes = [
        operation.outputs[0].shape.as_list()
        for operation in graph.get_operations()
        if operation.type == "MatMul"
    ]
    assert shapes.count([B * S, 12]) == 2  # two layers' inner product
    assert shapes.count([B * (M + 1), 12]) == 1
    assert shapes.count([B * (M + 1), 8]) == 3  # query, output, outer one


def test_a_last_layer_of_constants_is_like_all_others():
    model = albert_tf.AlbertClassifier(config(), 3, seed=1)
    batch = make_batch()
    expected = model(batch)["logits"]
    model.encoder.execution = execution_lib.Execution(constants=True)
    call = tf.function(lambda: model(batch)["logits"]).get_concrete_function()
    names = [operation.type for operation in call.graph.get_operations()]
    assert names.count("MatMul") == 3 * 4 + 3  # projection, pooler, head
    np.testing.assert_allclose(call(), expected, atol=1e-6)
