"""kaggle:// addresses, against a server that answers as Kaggle does."""

import numpy as np
import pytest
from fake_kaggle import PRESET
from fake_kaggle import SAVED_MODEL

import albert_tf
from albert_tf import published_sizes
from albert_tf.hub import kaggle_handle
from albert_tf.hub import names
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.common import evaluation_files

ADDRESS = f"kaggle://{PRESET}"
TFHUB = f"kaggle://{SAVED_MODEL}"


@pytest.fixture
def tiny_base(model, monkeypatch):
    """The published base is as small as the model here."""
    sizes = model.config.to_dict()
    monkeypatch.setitem(published_sizes.SIZES, "base_v2", sizes)


def test_a_preset_by_its_address(kaggle, model):
    loaded = albert_tf.load(ADDRESS)
    assert type(loaded) is albert_tf.AlbertClassifier
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_saved_model_by_its_address(kaggle, model, tiny_base):
    encoder = albert_tf.load(TFHUB).encoder
    assert encoder.config == model.config
    for one, other in zip(
        encoder.trainable_variables,
        model.encoder.trainable_variables,
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_a_saved_model_of_other_sizes(kaggle, model):
    kaggle.files["lab/albert/tensorFlow2/own/1"] = kaggle.files[
        f"{SAVED_MODEL}/2"
    ]
    address = "kaggle://lab/albert/tensorFlow2/own"
    with pytest.raises(FileNotFoundError, match="must have its config"):
        albert_tf.load(address)
    assert albert_tf.load(address, config=model.config)


@pytest.mark.parametrize(
    "address, name, version",
    [
        ("kaggle://a/b/keras/c", "a/b/keras/c", None),
        ("kaggle://a/b/TensorFlow2/c/3/", "a/b/tensorFlow2/c", 3),
        ("kaggle://a/b/pytorch/12", "a/b/pyTorch/12", None),
        ("https://www.kaggle.com/models/a/b/keras/c/1", "a/b/keras/c", 1),
        ("kaggle://keras/albert/albert_base_en_uncased", PRESET, None),
        ("kaggle://albert_base_en_uncased/2", PRESET, 2),
        ("kaggle://tensorflow/albert/en-base/3", SAVED_MODEL, 3),
        ("kaggle://tensorflow/en-base", SAVED_MODEL, None),
    ],
)
def test_addresses(address, name, version):
    assert kaggle_handle.is_address(address)
    assert kaggle_handle.parse(address) == (name, version)


def test_what_was_left_out_is_said(caplog):
    with caplog.at_level("INFO", "absl"):
        kaggle_handle.parse("kaggle://albert_base_en_uncased/2")
    assert f"is taken for kaggle://{PRESET}/2." in caplog.text


@pytest.mark.parametrize(
    "address, near",
    [
        ("kaggle://", ""),
        ("kaggle://keras/albert", ""),
        ("kaggle://a/b/torch/c", ""),
        ("kaggle://a/b/keras/c/latest", ""),
        ("kaggle://a/b/keras/c/0", ""),
        ("kaggle://a/../keras/c", ""),
        ("kaggle://a/b c/keras/d", ""),
        ("kaggle://keras/albert/albert_bse_en_uncased", "albert_base_en"),
        ("kaggle://tensorflow/albert/en-bse", "tensorFlow2/en-base"),
    ],
)
def test_what_is_no_address(address, near):
    with pytest.raises(ValueError, match="must be kaggle://owner/") as caught:
        names.resolve(address)
    assert near in str(caught.value)


def test_only_the_files_needed(kaggle):
    kaggle.files["lab/albert/keras/many/1"] = {
        **kaggle.files[f"{PRESET}/2"],
        **{f"checkpoints/{n}.h5": b"no" for n in range(30)},
        "README.md": b"no",
    }
    names.resolve("kaggle://lab/albert/keras/many")
    assert not [path for path in kaggle.downloads() if "task" not in path][9:]
    assert not any("README" in path for path in kaggle.downloads())
    assert not any("checkpoints" in path for path in kaggle.downloads())


def test_fetched_once_and_used_offline(kaggle, monkeypatch):
    folder = names.resolve(ADDRESS)
    assert names.name_of(folder) == f"{ADDRESS}/11"
    assert names.name_of(f"{folder}/model.weights.h5") == f"{ADDRESS}/11"
    kaggle.asked.clear()
    assert names.resolve(ADDRESS) == folder
    assert not kaggle.downloads()
    kaggle.asked.clear()
    assert names.resolve(f"{ADDRESS}/11") == folder
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert names.resolve(ADDRESS) == folder
    assert not kaggle.asked


def test_offline_takes_the_newest_whole_version(kaggle, monkeypatch):
    names.resolve(f"{ADDRESS}/2")
    newest = names.resolve(f"{ADDRESS}/11")
    assert names.resolve(ADDRESS, is_offline=True) == newest
    other = names.resolve(f"{ADDRESS}/2", is_offline=True)
    assert names.name_of(other) == f"{ADDRESS}/2"


def test_offline_without_a_copy(kaggle):
    names.resolve(f"{ADDRESS}/2")
    kaggle.asked.clear()
    with pytest.raises(FileNotFoundError) as caught:
        names.resolve(TFHUB, is_offline=True)
    assert f"which holds {PRESET}/2." in str(caught.value)
    assert f"models/{SAVED_MODEL} from a machine" in str(caught.value)
    assert not kaggle.asked


def test_what_kagglehub_fetched_alone(kaggle):
    kagglehub = pytest.importorskip("kagglehub")
    folder = kagglehub.model_download(PRESET)
    assert names.resolve(ADDRESS, is_offline=True) == folder


def test_a_server_that_is_out_of_reach(kaggle, monkeypatch, caplog):
    folder = names.resolve(ADDRESS)
    environment = pytest.importorskip("kagglesdk.kaggle_env")
    monkeypatch.setitem(
        environment._env_to_endpoint,
        environment.KaggleEnv.PROD,
        "http://127.0.0.1:9",
    )
    with caplog.at_level("INFO", "absl"):
        assert names.resolve(ADDRESS) == folder
    assert "taking what was fetched before" in caplog.text
    with pytest.raises(FileNotFoundError, match="must be within reach"):
        names.resolve(TFHUB)


def test_a_server_in_trouble(kaggle):
    kaggle.statuses[PRESET] = 503
    with pytest.raises(FileNotFoundError, match="must be within reach.*503"):
        names.resolve(ADDRESS)


@pytest.mark.parametrize(
    "address, message",
    [
        ("kaggle://keras/albert/keras/albert_base_en", "Near it: .*uncased"),
        (f"{ADDRESS}/9", "leave the version out"),
        ("kaggle://lab/albert/keras/closed", "HTTP 403.*KAGGLE_API_TOKEN"),
        ("kaggle://lab/albert/keras/own", "HTTP 401.*access_token"),
        ("kaggle://lab/albert/keras/empty", "no weights there"),
    ],
)
def test_errors_teach(kaggle, address, message):
    kaggle.statuses["lab/albert/keras/closed"] = 403
    kaggle.statuses["lab/albert/keras/own"] = 401
    kaggle.files["lab/albert/keras/empty/1"] = {"README.md": b""}
    with pytest.raises(OSError, match=message) as caught:
        names.resolve(address)
    assert "secret" not in str(caught.value)


def test_the_token_goes_to_kaggle_and_into_no_log(kaggle, caplog, capfd):
    with caplog.at_level("DEBUG"), caplog.at_level("INFO", "absl"):
        names.resolve(ADDRESS)
    assert kaggle.tokens["api"] == {"Bearer KGAT_secret"}
    assert kaggle.tokens["storage"] == {None}
    printed = capfd.readouterr()
    assert not printed.out
    assert "%|" not in printed.err
    said = caplog.text + printed.err
    assert "model.weights.h5," in said
    assert "secret" not in said and "Signature" not in said


def test_a_connection_that_is_cut_goes_on_where_it_was(kaggle):
    kaggle.faults["model.weights.h5"] = "cut"
    with pytest.raises(OSError, match="what is there already is kept") as e:
        names.resolve(ADDRESS)
    assert "Signature" not in str(e.value)
    with pytest.raises(FileNotFoundError):
        names.resolve(ADDRESS, is_offline=True)
    assert albert_tf.load(ADDRESS)
    assert any(kaggle.ranges)


def test_a_file_with_a_wrong_hash(kaggle):
    kaggle.faults["model.weights.h5"] = "wrong hash"
    with pytest.raises(ValueError, match="must have the MD5"):
        names.resolve(ADDRESS)
    kaggle.faults.clear()
    assert albert_tf.load(ADDRESS)


@pytest.mark.parametrize("name", ["../outside.model", "/tmp/outside.model"])
def test_no_file_leaves_the_folder(kaggle, tmp_path, name):
    files = kaggle.files[f"{PRESET}/11"]
    kaggle.files[f"{PRESET}/11"] = {name: b"no", **files}
    with pytest.raises(ValueError, match="must lie in its folder"):
        names.resolve(ADDRESS)
    assert not kaggle.downloads()


def test_without_kagglehub(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kagglehub", None)
    with pytest.raises(ImportError, match=r"albert_tf\[hub\]"):
        names.resolve(ADDRESS)


def test_records_have_the_address_with_its_version(kaggle):
    folder = names.resolve(ADDRESS)
    assert run_checkpoint.name_of(folder) == f"{ADDRESS}/11"
    found = evaluation_files.name_of(folder, "/somewhere/else")
    assert found == f"{ADDRESS}/11"


@pytest.mark.parametrize("answer", [b"<html>Log in</html>", b"[1]", b"{"])
def test_answers_of_something_else(kaggle, answer):
    kaggle.answers["ListModelInstanceVersionFiles"] = answer
    with pytest.raises(OSError, match="must"):
        names.resolve(ADDRESS)
