"""What becomes one vector of a text's tokens."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.embedding import pooling
from albert_tf.embedding import settings

SEQUENCE = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
LENGTHS = (5, 3)


def by_hand(kind, tokens):
    if kind == "cls":
        return tokens[0]
    if kind == "max":
        return tokens.max(axis=0)
    weights = np.ones(len(tokens))
    if kind == "weighted_mean":
        weights = np.arange(1, len(tokens) + 1)
    return np.average(tokens, axis=0, weights=weights)


@pytest.mark.parametrize("kind", settings.POOLINGS)
def test_poolings(kind):
    mask = np.arange(5)[None] < np.array(LENGTHS)[:, None]
    found = pooling.pool(
        kind,
        tf.constant(SEQUENCE),
        {
            "token_ids": mask.astype("int32"),
            "padding_mask": mask.astype("int32"),
        },
    )
    wanted = [
        by_hand(kind, row[:length])
        for row, length in zip(SEQUENCE, LENGTHS, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("kind", settings.POOLINGS)
def test_packed_texts_are_pooled_apart(kind):
    inputs = {
        "token_ids": tf.ones([1, 5], tf.int32),
        "pack_ids": tf.constant([[1, 1, 2, 2, 0]]),
        "first_positions": tf.constant([[0, 2, 0]]),
    }
    found = pooling.pool(kind, tf.constant(SEQUENCE[:1]), inputs)
    assert found.shape == (1, 3, 3) and np.isfinite(found).all()
    for slot, part in enumerate((SEQUENCE[0, :2], SEQUENCE[0, 2:4])):
        np.testing.assert_allclose(
            found[0, slot], by_hand(kind, part), atol=1e-6
        )


@pytest.mark.parametrize(
    "changes",
    [{}, {"pooling": "max"}, {"pooling": "cls", "dense_size": 4}],
)
def test_a_text_has_one_vector_in_any_row(sizes, changes):
    model = albert_tf.AlbertEmbedder(albert_tf.AlbertConfig(**sizes), changes)
    for weight in model.weights:
        weight.assign(
            weight + np.random.default_rng(1).normal(0, 0.2, weight.shape)
        )
    ids = tf.constant([[2, 9, 8, 3, 0], [2, 7, 3, 0, 0]])
    mask = tf.cast(ids > 0, tf.int32)
    alone = model({"token_ids": ids, "padding_mask": mask})["embeddings"]
    assert alone.shape == (2, changes.get("dense_size", 16))
    np.testing.assert_allclose(tf.norm(alone, axis=-1), 1, atol=1e-6)
    together = model(
        {
            "token_ids": tf.constant([[2, 9, 8, 3, 2, 7, 3, 0]]),
            "padding_mask": tf.constant([[1, 1, 1, 1, 1, 1, 1, 0]]),
            "pack_ids": tf.constant([[1, 1, 1, 1, 2, 2, 2, 0]]),
            "position_ids": tf.constant([[0, 1, 2, 3, 0, 1, 2, 0]]),
            "first_positions": tf.constant([[[0, 4]]]),  # [B, K, C]
        }
    )["embeddings"]
    assert together.shape == (1, 1, 2, alone.shape[1])
    np.testing.assert_allclose(together[0, 0], alone, atol=1e-5)
    of_pair = model({"token_ids": ids[None], "padding_mask": mask[None]})
    np.testing.assert_allclose(of_pair["embeddings"][0], alone, atol=1e-5)


@pytest.mark.parametrize(
    "values",
    [
        {"pooling": "median"},
        {"dense_size": 0},
        {"normalize": "yes"},
        {"prompts": {"query": 1}},
        {"pool": "mean"},
        ["mean"],
    ],
)
def test_other_settings_are_refused(values):
    with pytest.raises(ValueError, match="embedding model must"):
        settings.of_json(values)


def test_settings_come_back_from_json(sizes):
    given = settings.EmbeddingSettings(
        pooling="max", dense_size=4, normalize=False, prompts={"query": "q: "}
    )
    assert settings.of_json(given.as_json()) == given
    model = albert_tf.AlbertEmbedder(albert_tf.AlbertConfig(**sizes), given)
    again = albert_tf.AlbertEmbedder.from_config(model.get_config())
    assert again.settings == given


def test_a_keras_file_keeps_the_settings(sizes, tmp_path):
    model = albert_tf.AlbertEmbedder(
        albert_tf.AlbertConfig(**sizes), {"pooling": "max", "dense_size": 4}
    )
    model.save(tmp_path / "model.keras")
    again = albert_tf.load(tmp_path / "model.keras")
    assert again.settings == model.settings
    ids = {"token_ids": tf.constant([[2, 9, 8, 3]])}
    np.testing.assert_array_equal(
        again(ids)["embeddings"], model(ids)["embeddings"]
    )
