"""Indexes by a real embedding model, which is named rather than given."""

import embedding_models
import pytest

import albert_tf


@pytest.fixture(scope="module")
def folder(vocabulary, sizes, tmp_path_factory):
    """A folder with a model and texts."""
    folder = tmp_path_factory.mktemp("models")
    embedding_models.save(folder / "model", vocabulary, sizes)
    lines = [text for text in embedding_models.TEXTS if text]
    (folder / "texts.txt").write_text("\n".join(lines))
    return folder


@pytest.mark.slow
def test_the_index_names_its_model(folder):
    config = albert_tf.IndexConfig(
        index=str(folder / "index"),
        documents=folder / "texts.txt",
        model=folder / "model/model.keras",
    )
    result = albert_tf.index(config)
    assert (result.num_documents, result.size) == (4, 16)
    assert result.model == str(folder / "model/model.keras")
    searcher = albert_tf.searcher(folder / "index")
    hits = searcher(embedding_models.TEXTS[2], 2)
    assert hits[0].text == embedding_models.TEXTS[2]
    assert hits[0].score == pytest.approx(1, abs=1e-4)
    expected = searcher.embedder.similarity(
        embedding_models.TEXTS[2], hits[1].text
    )
    assert hits[1].score == pytest.approx(float(expected[0, 0]), abs=1e-4)
