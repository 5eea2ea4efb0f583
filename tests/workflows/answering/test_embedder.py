"""albert_tf.embedder: any model, any texts."""

import contextlib
import functools

import embedding_models
import numpy as np
import pytest
import tensorflow as tf
from embedding_models import TEXTS

import albert_tf
from albert_tf import models
from albert_tf.exporting import savedmodel
from albert_tf.interop import loading
from albert_tf.workflows.answering import embedder as embedder_lib
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import description
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import embeddings
from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers

PROMPTS = {"query": "the road: ", "document": ""}


@pytest.fixture(scope="module")
def folder(vocabulary, sizes, tmp_path_factory):
    path = tmp_path_factory.mktemp("embedder") / "model"
    embedding_models.save(path, vocabulary, sizes, prompts=PROMPTS)
    return path


@pytest.fixture(scope="module")
def embedder(folder):
    return albert_tf.embedder(folder / "model.keras")


def by_hand(folder, texts, length=embedding_models.LENGTH):
    """Each text in a row of its own."""
    model = loading.load(folder / "model.keras")
    tokenizer = tokenizers.load(folder)
    found = []
    for text in texts:
        ids = tf.ragged.constant([tokenizer.encode(text)], tf.int32)
        cut = token_rows.cut([ids], length)
        rows = token_rows.lay_out(cut, tokenizer.cls_id, tokenizer.sep_id)
        found.append(model(rows)["embeddings"][0].numpy())
    return np.stack(found)


def test_texts_of_any_length_in_their_order(folder, embedder):
    found = embedder.encode(TEXTS)
    assert found.dtype == np.float32 and found.flags.c_contiguous
    np.testing.assert_allclose(found, by_hand(folder, TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert embedder.size == found.shape[1] == 16
    assert embedder.max_seq_length == embedding_models.LENGTH
    small = embedder.encode(TEXTS * 3, batch_size=2)
    np.testing.assert_allclose(small, np.tile(found, [3, 1]), atol=1e-5)


@pytest.mark.parametrize(
    "form", [list, tuple, iter, np.array, tf.data.Dataset.from_tensor_slices]
)
def test_forms_of_texts(embedder, form):
    found = embedder.encode(form(TEXTS))
    np.testing.assert_allclose(found, embedder.encode(TEXTS), atol=1e-6)


def test_one_text_is_a_vector(embedder):
    found = embedder.encode(TEXTS[0])
    assert found.shape == (16,)
    np.testing.assert_allclose(found, embedder.encode(TEXTS)[0], atol=1e-5)


def test_no_texts(embedder):
    assert embedder.encode([]).shape == (0, 16)
    assert embedder.encode(iter([]), dims=4).shape == (0, 4)


def test_more_texts_than_a_part(embedder, monkeypatch):
    monkeypatch.setattr(embedder_lib, "_CHUNK", 3)
    found = embedder.encode(iter(TEXTS * 3))
    np.testing.assert_allclose(
        found, np.tile(embedder.encode(TEXTS), [3, 1]), atol=1e-5
    )
    parts = [len(part) for part in embedder.encode_chunks(TEXTS * 2)]
    assert parts == [3, 3, 3, 1]


def test_texts_are_read_as_they_are_needed(embedder, monkeypatch):
    monkeypatch.setattr(embedder_lib, "_CHUNK", 2)
    read = []

    def endless():
        while True:
            read.append(0)
            yield "a dog"

    parts = embedder.encode_chunks(endless())
    assert next(parts).shape == next(parts).shape == (2, 16)
    assert len(read) == 4


def test_prompts(embedder):
    assert embedder.prompts == PROMPTS
    expected = embedder.encode([PROMPTS["query"] + text for text in TEXTS])
    for prompt in ("query", "the road: "):
        found = embedder.encode(TEXTS, prompt=prompt)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(ValueError, match="'query', 'document'.*'qurey'"):
        embedder.encode(TEXTS, prompt="qurey")


def test_fewer_dimensions_have_length_1_again(embedder):
    whole = embedder.encode(TEXTS)
    found = embedder.encode(TEXTS, dims=5)
    expected = whole[:, :5] / np.linalg.norm(whole[:, :5], axis=1)[:, None]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    found = embedder.encode(TEXTS, dims=5, normalize=False)
    np.testing.assert_allclose(found, whole[:, :5], atol=1e-6)


def test_a_model_that_does_not_scale(embedder, vocabulary, sizes, tmp_path):
    path = embedding_models.save(
        tmp_path / "m",
        vocabulary,
        sizes,
        normalize=False,
        pooling="cls",
        dense_size=6,
    )
    other = albert_tf.embedder(path)
    assert other.fingerprint != embedder.fingerprint
    found = other.encode(TEXTS)
    assert found.shape == (5, 6)
    np.testing.assert_allclose(found, by_hand(tmp_path / "m", TEXTS), atol=1e-5)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    assert (np.abs(lengths - 1) > 1e-3).any()
    scaled = other.encode(TEXTS, normalize=True)
    np.testing.assert_allclose(scaled, found / lengths, atol=1e-6)


def test_similarity_of_texts_and_embeddings(embedder):
    a, b = embedder.encode(TEXTS[:2]), embedder.encode(TEXTS[2:])
    expected = a @ b.T
    for left, right in ((a * 3, b), (TEXTS[:2], TEXTS[2:]), (TEXTS[:2], b)):
        found = embedder.similarity(left, right)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert embedder.similarity(TEXTS[0], b[0]).shape == (1, 1)


@pytest.mark.parametrize(
    "given, message",
    [
        (["a", None], "Received: None, input 1"),
        ([float("nan")], "input 0 .*Drop or fill missing"),
        (3, "Each input must be a string"),
        (["a", "\ud800"], "valid Unicode.*input 1"),
        ([["a"]], "Each input must be a string"),
    ],
)
def test_what_is_no_text(embedder, given, message):
    with pytest.raises(ValueError, match=message):
        embedder.encode(given)


@pytest.mark.parametrize(
    "setting", [{"dims": 17}, {"dims": 0}, {"batch_size": 0}, {"dims": True}]
)
def test_settings_out_of_range(embedder, setting):
    with pytest.raises(ValueError, match=f"`{next(iter(setting))}` must be a"):
        embedder.encode(["a"], **setting)


def test_embeddings_that_cannot_be_compared(embedder):
    vectors = np.ones([2, 16])
    with pytest.raises(ValueError, match="same size.*16 and 4"):
        embedder.similarity(vectors, vectors[:, :4])
    vectors[1, 3] = np.nan
    with pytest.raises(ValueError, match="finite numbers.*1 of its values"):
        embedder.similarity(vectors, vectors)


def test_a_model_without_training_for_embeddings(trained, caplog):
    path = trained("classification")
    embedder = albert_tf.embedder(path)
    assert "a model for classification and was not trained" in caplog.text
    model = loading.load(path)
    tokenizer = tokenizers.load(path.parent)
    ids = [tokenizer.cls_id, *tokenizer.encode("a dog"), tokenizer.sep_id]
    rows = {"token_ids": tf.constant([ids])}
    mean = model.encoder(rows)["sequence_output"][0].numpy().mean(axis=0)
    found = embedder.encode("a dog")
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-5)
    caplog.clear()
    albert_tf.embedder(trained("pretraining"))
    assert caplog.text.count("was not trained for embeddings") == 1


def test_an_export(folder, embedder, tmp_path):
    output = tmp_path / "export"
    write_export(folder, output)
    found = albert_tf.embedder(output)
    np.testing.assert_allclose(
        found.encode(TEXTS), embedder.encode(TEXTS), atol=1e-5
    )
    assert found.fingerprint == embedder.fingerprint
    assert (found.size, found.max_seq_length) == (16, embedding_models.LENGTH)
    assert found.prompts == PROMPTS


def write_export(folder, output):
    """What an export of an embedding model holds, with `text` alone."""
    config = export_config.ExportConfig(
        checkpoint=folder / "model.keras", output=output
    )
    _, trained = trained_lib.load(config)
    text = embeddings.Embeddings(trained.tokenizer, trained.max_seq_length)
    answer = functools.partial(savedmodel.answer, trained.model, text)
    module = tf.Module()
    module.model = models.named_weights(trained.model)
    module.text = text
    signature = savedmodel.function(answer, text.inputs, contextlib.nullcontext)
    output.mkdir()
    tf.saved_model.save(module, str(output), signatures={"text": signature})
    description.write(
        trained, str(output), {"text": signature}, {}, [], [], [], None, {}
    )
