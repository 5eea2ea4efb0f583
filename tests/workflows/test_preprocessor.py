"""albert_tf.preprocessor: alone, in tf.data, in a model, and in its file."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from data_pipeline.text import tokenizers

TEXTS = ["The cat sees a house in winter.", "a letter", "it " * 40]
LOAD = """
import sys
import keras
import tensorflow as tf
from albert_tf import AlbertEncoder, TextPreprocessor
model = keras.saving.load_model(sys.argv[1])
print(model(tf.constant(["a letter"])).numpy().tolist()[0])
"""


@pytest.fixture(scope="module")
def layer(trained):
    return albert_tf.preprocessor(trained("classification"))


def test_rows_are_those_of_the_tokenizer(layer, vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    rows = {name: value.numpy() for name, value in layer(TEXTS).items()}
    assert layer.max_seq_length == 24  # as task.json says
    for row, text in enumerate(TEXTS):
        ids = tokenizer.encode(text)[:22]
        expected = [tokenizer.cls_id, *ids, tokenizer.sep_id]
        length = rows["padding_mask"][row].sum()
        assert rows["token_ids"][row][:length].tolist() == expected
        assert not rows["segment_ids"][row].any()
    pairs = layer((["a letter"], ["it"]))
    first = len(tokenizer.encode("a letter")) + 2
    segments = pairs["segment_ids"].numpy()[0].tolist()
    assert segments == [0] * first + [1] * (len(segments) - first)


def test_rows_can_be_read(layer, vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    rows = layer(["a letter", "it"])["token_ids"]
    first, second = layer.pieces(rows)
    assert first[1:-1] == tokenizer.encode_as_pieces("a letter")
    assert len(first) == len(second)
    assert second[0] == "[CLS]" and second[-1] == "<pad>"


@pytest.mark.parametrize("ids", [[2, 3], [[70]], [[-1]], 5])
def test_ids_that_are_no_rows(layer, ids):
    with pytest.raises(ValueError, match="from 0 to 69. Received"):
        layer.pieces(ids)


def test_a_length_of_ones_own(trained, vocabulary):
    layer = albert_tf.preprocessor(vocabulary, max_seq_length=9)
    assert layer(TEXTS)["token_ids"].shape == (3, 9)
    layer = albert_tf.preprocessor(trained("pretraining"))
    assert layer.max_seq_length == 64  # the model's positions
    with pytest.raises(ValueError, match="at least 8. Received: 3"):
        albert_tf.preprocessor(vocabulary, max_seq_length=3)


@pytest.mark.parametrize(
    "given", ["a", 5, None, [], ("a", "b"), [["a"], ["b"], ["c"]], [1, 2]]
)
def test_wrong_inputs_are_told_the_right_ones(layer, given):
    with pytest.raises(ValueError, match="must be a batch of strings"):
        layer(given)


def test_a_head_of_ones_own_is_trained_and_saved(layer, trained, tmp_path):
    encoder = albert_tf.load(trained("classification")).encoder
    texts = keras.Input(shape=(), dtype="string")
    pooled = encoder(layer(texts))["pooled_output"]
    model = keras.Model(texts, keras.layers.Dense(2)(pooled))
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    labelled = (["the cat", "the king"] * 8, [0, 1] * 8)
    data = tf.data.Dataset.from_tensor_slices(labelled).batch(4)
    losses = model.fit(data, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    asked = tf.constant(TEXTS)
    np.testing.assert_allclose(again(asked), model(asked), atol=1e-6)
    keras.models.clone_model(model)


@pytest.mark.slow
def test_another_process_loads_its_file(layer, trained, tmp_path):
    encoder = albert_tf.load(trained("classification")).encoder
    texts = keras.Input(shape=(), dtype="string")
    model = keras.Model(texts, encoder(layer(texts))["pooled_output"])
    model.save(tmp_path / "model.keras")
    outcome = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path / "model.keras")],
        capture_output=True,
        text=True,
        check=True,
    )
    found = [float(x) for x in outcome.stdout.strip()[1:-1].split(",")]
    expected = model(tf.constant(["a letter"]))[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_in_tf_data_and_for_pairs_in_a_model(layer):
    data = tf.data.Dataset.from_tensor_slices(TEXTS).batch(2).map(layer)
    first = next(iter(data))
    np.testing.assert_array_equal(
        first["token_ids"], layer(TEXTS[:2])["token_ids"]
    )
    pair = tuple(keras.Input(shape=(), dtype="string") for _ in range(2))
    model = keras.Model(pair, layer(pair))
    asked = (tf.constant(["a letter"]), tf.constant(["it"]))
    np.testing.assert_array_equal(
        model(asked)["token_ids"], layer(asked)["token_ids"]
    )
