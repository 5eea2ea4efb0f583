"""Folders of sentence-transformers, written without it."""

import json

import embedding_models
import pytest

import albert_tf


@pytest.fixture(scope="module")
def make(vocabulary, sizes, tmp_path_factory):
    """Converts an embedding model with these settings; its folder, and the
    path of the model that it was written from."""

    def make(**settings):
        folder = tmp_path_factory.mktemp("made")
        path = embedding_models.save(
            folder / "model", vocabulary, sizes, **settings
        )
        config = albert_tf.ConvertConfig(
            input=path, output=folder / "there", to="sentence_transformers"
        )
        albert_tf.convert(config)
        return folder / "there", path

    return make


@pytest.fixture
def edit():
    """Changes the JSON of a file; None takes a key away."""

    def edit(path, **values):
        content = json.loads(path.read_text()) if path.exists() else {}
        content = {**content, **values}
        content = {k: v for k, v in content.items() if v is not None}
        path.write_text(json.dumps(content))

    return edit
