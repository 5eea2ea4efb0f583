"""hf:// addresses, against a server that answers as the Hub does."""

import fake_hub
import numpy as np
import pytest
from fake_hub import NAME

import albert_tf
from albert_tf.hub import huggingface
from albert_tf.hub import names
from albert_tf.interop import convert

ADDRESS = f"hf://{NAME}"


def test_a_model_by_its_address(hub, model):
    loaded = albert_tf.load(ADDRESS)
    assert type(loaded) is albert_tf.AlbertClassifier
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "address, expected",
    [
        ("hf://a/b", ("a/b", None, "")),
        ("hf://a/b@v1", ("a/b", "v1", "")),
        ("hf://a-1/b.c/sub/folder/", ("a-1/b.c", None, "sub/folder")),
        ("hf://a/b@refs/pr/3/sub", ("a/b", "refs/pr/3", "sub")),
    ],
)
def test_addresses(address, expected):
    assert huggingface.parse(address) == expected


@pytest.mark.parametrize(
    "address", ["hf://a", "hf://a/b/../c", "hf:///a/b", "hf://a b/c", "hf://"]
)
def test_what_is_no_address(address):
    with pytest.raises(ValueError, match="must be hf://org/name"):
        huggingface.parse(address)


def test_only_the_files_needed(hub):
    files = hub.files[NAME]
    files["pytorch_model.bin"] = b"no"
    files["tf_model.h5"] = files["onnx/model.onnx"] = b"no"
    names.resolve(ADDRESS)
    fetched = {path.rsplit("/", 1)[1] for path in hub.downloads()}
    assert "model.safetensors" in fetched
    assert not fetched & {"pytorch_model.bin", "tf_model.h5", "model.onnx"}


def test_a_preset_of_keras_hub(hub, model, tmp_path):
    model.save(tmp_path / "model.keras")
    convert.convert(tmp_path / "model.keras", tmp_path / "preset", "keras_hub")
    hub.files["lab/preset"] = {
        "assets/tokenizer/vocabulary.spm": b"a vocabulary",
        **{
            path.name: path.read_bytes()
            for path in (tmp_path / "preset").iterdir()
        },
    }
    loaded = albert_tf.load("hf://lab/preset")
    assert type(loaded) is albert_tf.AlbertClassifier
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any("vocabulary.spm" in path for path in hub.downloads())


def test_fetched_once_and_used_offline(hub, monkeypatch):
    folder = names.resolve(ADDRESS)
    assert names.name_of(folder) == f"{ADDRESS}@{fake_hub.COMMIT}"
    hub.asked.clear()
    assert names.resolve(ADDRESS) == folder
    assert not hub.downloads()
    hub.asked.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert names.resolve(ADDRESS) == folder
    assert not hub.asked


def test_offline_without_a_copy(hub, monkeypatch):
    hub.files["lab/other"] = hub.files[NAME]
    names.resolve("hf://lab/other")
    hub.asked.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FileNotFoundError) as caught:
        names.resolve(ADDRESS)
    assert "which holds lab/other." in str(caught.value)
    assert f"hf download {NAME}" in str(caught.value)
    assert not hub.asked


def test_a_hub_that_is_out_of_reach(hub, monkeypatch):
    folder = names.resolve(ADDRESS)
    constants = huggingface.library().constants
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert names.resolve(ADDRESS) == folder
    with pytest.raises(FileNotFoundError, match="must be within reach"):
        names.resolve("hf://lab/other")


@pytest.mark.parametrize(
    "address, message",
    [
        ("hf://lab/tinny", "must have the repository"),
        ("hf://lab/tiny@v9", "Received: v9 of lab/tiny"),
        ("hf://lab/gated", "opened to you by its owners"),
        ("hf://lab/empty", "no weights there"),
    ],
)
def test_errors_teach(hub, address, message):
    hub.files["lab/gated"] = hub.files[NAME]
    hub.gated.add("lab/gated")
    hub.files["lab/empty"] = {"README.md": b""}
    with pytest.raises(OSError, match=message) as caught:
        names.resolve(address)
    assert "hf_secret" not in str(caught.value)


def test_a_private_repository_by_the_users_token(hub, caplog):
    hub.private.add(NAME)
    with caplog.at_level("INFO"):
        assert names.resolve(ADDRESS)
    assert "commit" in caplog.text
    assert "hf_secret" not in caplog.text and "HTTP" not in caplog.text
    assert "Bearer hf_secret" in hub.tokens


def test_a_token_that_is_not_valid(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_stale")
    with pytest.raises(PermissionError, match="token must be valid") as caught:
        names.resolve(ADDRESS)
    assert "hf_stale" not in str(caught.value)


def test_a_connection_that_is_cut_goes_on_where_it_was(hub):
    hub.faults["model.safetensors"] = "cut"
    names.resolve(ADDRESS)
    assert albert_tf.load(ADDRESS)


def test_a_connection_that_is_always_cut(hub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.faults["model.safetensors"] = "always cut"
    with pytest.raises(OSError, match="must be fetched whole"):
        names.resolve(ADDRESS)


def test_a_file_with_a_wrong_hash(hub, cache):
    hub.faults["model.safetensors"] = "wrong hash"
    with pytest.raises(ValueError, match="must have the SHA-256") as caught:
        names.resolve(ADDRESS)
    assert "model.safetensors" in str(caught.value)
    hub.faults.clear()
    assert albert_tf.load(ADDRESS)


def test_a_subfolder_and_a_revision(hub):
    hub.files["lab/many"] = {
        f"small/{name}": content for name, content in hub.files[NAME].items()
    }
    assert albert_tf.load("hf://lab/many@v1/small")
