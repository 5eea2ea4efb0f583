"""A hub on this machine with a small model, and empty caches."""

import pathlib

import fake_hub
import pytest

import albert_tf
from albert_tf.interop import convert

NAME = fake_hub.NAME


@pytest.fixture(scope="session")
def model():
    return albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(
            vocab_size=31,
            embedding_size=6,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=14,
            max_position_embeddings=9,
        ),
        num_classes=3,
    )


@pytest.fixture(scope="session")
def model_files(model, tmp_path_factory) -> dict[str, bytes]:
    """The files of the model in the form that the Hub has."""
    folder = tmp_path_factory.mktemp("hub")
    model.save(folder / "model.keras")
    convert.convert(folder / "model.keras", folder / "hf", "huggingface")
    return {path.name: path.read_bytes() for path in (folder / "hf").iterdir()}


@pytest.fixture
def hub(tmp_path, monkeypatch, model_files):
    with fake_hub.connected(monkeypatch, tmp_path) as server:
        server.files[NAME] = dict(model_files)
        yield server


@pytest.fixture
def cache(tmp_path) -> pathlib.Path:
    return tmp_path / "hf"
