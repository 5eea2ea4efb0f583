"""Archives on the web, and released models by their names."""

import hashlib
import io
import tarfile
import zipfile

import pytest

import albert_tf
from albert_tf.hub import archives
from albert_tf.hub import names
from albert_tf.hub import released
from albert_tf.interop import convert


@pytest.fixture(scope="module")
def google(model, tmp_path_factory):
    """The model in the form of Google's archives, as tar.gz."""
    folder = tmp_path_factory.mktemp("google")
    model.save(folder / "model.keras")
    convert.convert(folder / "model.keras", folder / "albert_base", "google")
    with tarfile.open(folder / "it.tar.gz", "w:gz") as archive:
        archive.add(folder / "albert_base", "albert_base")
    return (folder / "it.tar.gz").read_bytes()


@pytest.fixture
def address(hub, google):
    hub.files["archives"] = {"albert_base_v2.tar.gz": google}
    return f"{hub.address}/archives/albert_base_v2.tar.gz"


def tar(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return buffer.getvalue()


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


def test_an_archive_by_its_address(hub, address, model, monkeypatch):
    assert albert_tf.load(address).config == model.config
    asked = len(hub.asked)
    assert albert_tf.load(address)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert names.resolve(address)
    assert len(hub.asked) == asked


def test_the_hash_of_an_archive(hub, address, google):
    right = f"{address}#sha256={hashlib.sha256(google).hexdigest()}"
    wrong = f"{address}#sha256={64 * '0'}"
    with pytest.raises(ValueError, match="must have the SHA-256 asked for"):
        names.resolve(wrong)
    folder = names.resolve(right)
    assert names.name_of(folder) == right
    assert names.resolve(names.name_of(folder)) == folder
    with pytest.raises(ValueError, match="must have the SHA-256 asked for"):
        names.resolve(wrong)
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        names.resolve(f"{address}#sha256=abc")


def test_a_released_name(monkeypatch, hub, address, model):
    base = released.MODELS["albert-base-v2"]._replace(archive=address)
    monkeypatch.setitem(released.MODELS, "albert-base-v2", base)
    assert albert_tf.load("albert-base-v2").config == model.config


def test_all_names_have_sizes():
    for name, model in released.MODELS.items():
        assert albert_tf.AlbertConfig.named(name) == (
            albert_tf.AlbertConfig.named(model.size)
        )


def test_a_wrong_name_lists_near_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for wrong in ("albert-base-v3", "albert_base_v2", "albert-bse-v2"):
        with pytest.raises(ValueError, match="Near it: .*albert-base-v2"):
            albert_tf.load(wrong)


@pytest.mark.parametrize(
    "content",
    [
        tar("../outside"),
        zipped("../outside"),
        zipped("/outside"),
        b"neither",
    ],
    ids=["tar-up", "zip-up", "zip-root", "no-archive"],
)
def test_bad_archives_leave_nothing(hub, tmp_path, content):
    hub.files["archives"] = {"bad.tar.gz": content}
    with pytest.raises(ValueError, match="must be a whole archive"):
        names.resolve(f"{hub.address}/archives/bad.tar.gz")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_cut_archive(hub, address, google, tmp_path):
    hub.files["archives"]["albert_base_v2.tar.gz"] = google[:1000]
    with pytest.raises(ValueError, match="must be a whole archive"):
        names.resolve(address)
    hub.files["archives"]["albert_base_v2.tar.gz"] = google
    assert albert_tf.load(address)


def test_offline_and_out_of_reach(hub, address, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(FileNotFoundError, match="fetched before") as caught:
            names.resolve(address)
    assert archives.cached(address) in str(caught.value)
    with pytest.raises(OSError, match="404"):
        names.resolve(f"{hub.address}/archives/none.tar.gz")
