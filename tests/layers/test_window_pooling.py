"""Windows of a text, pooled into one vector."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.layers import window_pooling

B, W, S, H = 3, 4, 6, 5


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    ids = rng.integers(5, 50, (B, W, S)).astype(np.int32)
    mask = np.ones_like(ids)
    mask[1, 2:] = 0
    mask[2, 1:] = 0
    mask[0, 3, 4:] = 0
    return {"token_ids": ids, "padding_mask": mask}


@pytest.mark.parametrize("kind", window_pooling.POOLINGS)
def test_poolings_are_as_in_numpy(kind, batch, sizes):
    config = albert_tf.AlbertConfig(**{**sizes, "hidden_size": 16})
    size = config.hidden_size
    layer = window_pooling.WindowPooling(config, kind)
    layer.build()
    rng = np.random.default_rng(1)
    x = np.tanh(rng.normal(size=(B, W, size))).astype(np.float32)
    query = rng.normal(size=size).astype(np.float32) * 3
    if kind == "attention":
        layer.query.assign(query)
    found = layer(x.reshape(B * W, size), batch).numpy()
    for own, count, vector in zip(x, (4, 2, 1), found, strict=True):
        own = own[:count]
        if kind == "mean":
            wanted = own.mean(0)
        elif kind == "max":
            wanted = own.max(0)
        else:
            weight = np.exp(own @ query / size**0.5)
            wanted = weight @ own / weight.sum()
        np.testing.assert_allclose(vector, wanted, atol=1e-6)


def test_attention_starts_from_the_mean_and_learns(batch, sizes):
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), 3, window_pooling="attention"
    )
    mean = albert_tf.AlbertClassifier(
        model.config, 3, window_pooling="mean", encoder=model.encoder
    )
    for own, other in zip(mean.head.weights, model.head.weights, strict=True):
        own.assign(other)
    with tf.GradientTape() as tape:
        logits = model(batch)["logits"]
        loss = tf.reduce_sum(logits**2)
    np.testing.assert_allclose(logits, mean(batch)["logits"], atol=1e-6)
    gradient = tape.gradient(loss, model.windows.query.value)
    assert float(tf.reduce_max(tf.abs(gradient))) > 0
    assert model.get_config()["window_pooling"] == "attention"


@pytest.mark.parametrize("kind", window_pooling.POOLINGS)
def test_windows_may_be_rows_in_any_order_or_packed(kind, batch, sizes):
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), 3, window_pooling=kind
    )
    wanted = model(batch)["logits"]
    rows = {k: v.reshape(-1, S)[::-1] for k, v in batch.items()}
    last = B * W - 1
    places = [[last - text * W - w for w in range(W)] for text in range(B)]
    places[1][2:], places[2][1:] = [-1] * 2, [-1] * 3
    found = model({**rows, "window_places": tf.constant(places)})["logits"]
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    one = {k: v[2, :1] for k, v in batch.items()}
    np.testing.assert_allclose(model(one)["logits"], wanted[2:], atol=1e-5)


def test_a_model_without_pooling_has_the_weights_that_it_had(sizes):
    config = albert_tf.AlbertConfig(**sizes)
    plain = albert_tf.AlbertClassifier(config, 3)
    mean = albert_tf.AlbertClassifier(config, 3, window_pooling="mean")
    assert len(plain.weights) == len(mean.weights)
    with pytest.raises(ValueError, match="window_pooling must be one of mean"):
        albert_tf.AlbertClassifier(config, 3, window_pooling="sum")
