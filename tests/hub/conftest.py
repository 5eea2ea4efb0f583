"""A hub on this machine with a small model, and empty caches."""

import pathlib

import fake_hub
import fake_kaggle
import pytest

import albert_tf
from albert_tf.exporting import tfhub
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


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="session")
def kaggle_files(model, tmp_path_factory) -> dict[str, dict[str, bytes]]:
    """The model as a keras-hub preset and as a SavedModel for TF-Hub."""
    folder = tmp_path_factory.mktemp("kaggle")
    model.save(folder / "model.keras")
    convert.convert(folder / "model.keras", folder / "preset", "keras_hub")
    tfhub.save(model.encoder, str(folder / "tfhub"))
    (folder / "tfhub" / "albert_config.json").unlink()
    return {
        fake_kaggle.PRESET: contents(folder / "preset"),
        fake_kaggle.SAVED_MODEL: contents(folder / "tfhub"),
    }


@pytest.fixture
def kaggle(tmp_path, monkeypatch, kaggle_files):
    environment = pytest.importorskip("kagglesdk.kaggle_env")
    clients = pytest.importorskip("kagglehub.clients")
    # It looks at the source of every frame of a test, for half a second.
    monkeypatch.setattr(clients, "get_user_agent", lambda: "kagglehub")
    with fake_kaggle.serve() as (server, address):
        monkeypatch.setitem(
            environment._env_to_endpoint, environment.KaggleEnv.PROD, address
        )
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
        monkeypatch.setenv("KAGGLE_API_TOKEN", "KGAT_secret")
        monkeypatch.delenv("KAGGLE_API_ENVIRONMENT", raising=False)
        for name, files in kaggle_files.items():
            server.files[f"{name}/2"] = dict(files)
            server.files[f"{name}/11"] = dict(files)
        yield server
