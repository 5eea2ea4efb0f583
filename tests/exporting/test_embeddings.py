"""Exports of embedding models: texts to vectors, and pairs to cosines."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.text import tokenizers

TEXTS = [
    "The cat sees a house in winter.",
    "a letter",
    "The horse builds two apples. " * 6,
    "naïve ½ ﬁsh — 你好 😀",
]
LENGTH = 24


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


@pytest.fixture(scope="module")
def embedder(sizes):
    settings = {"pooling": "mean", "dense_size": 5}
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.3)
    return albert_tf.AlbertEmbedder(config, settings, seed=3)


@pytest.fixture(scope="module")
def signatures(embedder, tokenizer):
    tasks = answer_modules.make(
        {"kind": "embedding"}, tokenizer, max_seq_length=LENGTH
    )
    return savedmodel.signatures(embedder, tasks, tokenizer.pieces)


def by_hand(embedder, tokenizer, text):
    ids = tokenizer.encode(text)[: LENGTH - 2]
    ids = [tokenizer.cls_id, *ids, tokenizer.sep_id]
    return embedder({"token_ids": tf.constant([ids])})["embeddings"][0].numpy()


def test_texts_become_the_models_embeddings(embedder, signatures, tokenizer):
    found = signatures["text"](texts=tf.constant(TEXTS))
    expected = [by_hand(embedder, tokenizer, text) for text in TEXTS]
    np.testing.assert_allclose(found["embeddings"], expected, atol=1e-5)
    assert found["truncated"].numpy().tolist() == [False, False, True, False]
    assert found["num_tokens"].numpy().tolist() == [
        min(len(tokenizer.encode(text)) + 2, LENGTH) for text in TEXTS
    ]
    assert set(signatures) == {
        *("text", "serving_default", "pair", "ids", "features"),
        "explain_pair",
    }


def test_no_text_is_no_row(signatures):
    nothing = tf.constant([], tf.string)
    found = signatures["text"](texts=nothing)
    assert found["embeddings"].shape == (0, 5)
    found = signatures["pair"](texts=nothing, second_texts=nothing)
    assert found["cosine"].shape == (0,)


def test_a_pair_has_the_cosine_of_its_texts(signatures):
    first, second = TEXTS, TEXTS[::-1]
    vectors = signatures["text"](texts=tf.constant(TEXTS))["embeddings"].numpy()
    found = signatures["pair"](
        texts=tf.constant(first), second_texts=tf.constant(second)
    )
    np.testing.assert_allclose(
        found["cosine"], np.sum(vectors * vectors[::-1], axis=1), atol=1e-5
    )
    assert found["truncated"].numpy().tolist() == [False, True, True, False]


def test_an_explanation_lists_the_pieces_of_both(signatures, tokenizer):
    first, second = TEXTS[:2], ["a letter", "The cat crosses the road."]
    found = {
        name: value.numpy()
        for name, value in signatures["explain_pair"](
            texts=tf.constant(first), second_texts=tf.constant(second)
        ).items()
    }
    np.testing.assert_allclose(found["importance"].sum(axis=1), 1, atol=1e-5)
    for row, texts in enumerate(zip(first, second, strict=True)):
        pieces = [piece.decode() for piece in found["pieces"][row]]
        expected = []
        for text in texts:
            ids = tokenizer.encode(text)
            own = [tokenizer.pieces[i] for i in ids]
            expected += ["[CLS]", *own, "[SEP]"]
        rest = len(pieces) - len(expected)
        assert pieces == expected + [""] * rest
        here = found["starts"][row] >= 0
        is_special = np.isin(pieces, ["[CLS]", "[SEP]", ""])
        np.testing.assert_array_equal(here, ~is_special)
        ends = found["ends"][row][: len(expected)]
        assert ends.max() == max(map(len, texts))
    # An explanation does not depend on what it is asked together with.
    alone = signatures["explain_pair"](
        texts=tf.constant(first[1:]), second_texts=tf.constant(second[1:])
    )
    used = alone["pieces"].shape[1]
    assert alone["pieces"].numpy()[0].tolist() == (
        found["pieces"][1][:used].tolist()
    )
    np.testing.assert_allclose(
        alone["importance"][0], found["importance"][1][:used], atol=1e-5
    )


def test_importance_is_gradient_times_input(embedder, signatures, tokenizer):
    """Against a difference quotient along each piece's word embedding."""
    first, second = "the cat", "a letter"
    found = signatures["explain_pair"](
        texts=tf.constant([first]), second_texts=tf.constant([second])
    )
    table = embedder.encoder.embeddings.word_embeddings
    other = by_hand(embedder, tokenizer, second)
    ids = tokenizer.encode(first)
    assert len(set(ids)) == len(ids)
    before, step, sizes = table.numpy(), 1e-2, []
    for token in ids:
        cosines = []
        for sign in (1, -1):
            moved = before.copy()
            moved[token] *= 1 + sign * step
            table.assign(moved)
            cosines.append(by_hand(embedder, tokenizer, first) @ other)
        table.assign(before)
        sizes.append(abs(cosines[0] - cosines[1]) / (2 * step))
    shares = found["importance"].numpy()[0, 1 : len(ids) + 1]
    sizes = np.array(sizes)
    np.testing.assert_allclose(
        shares / shares.sum(), sizes / sizes.sum(), atol=0.03
    )
