"""Ranges of files on cloud storage that is slow, fails, or is not there."""

import time

import fsspec
import pytest

from data_pipeline.io import files
from data_pipeline.io import object_stores
from data_pipeline.io import ranges

CONTENT = bytes(range(256))


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were slept, of which nothing is really slept."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def path():
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/file", CONTENT)
    yield "memory://bucket/file"
    store.rm("/bucket", recursive=True)


def failing(path, monkeypatch, *answers):
    """Ranges of a storage that first gives these answers, or raises them."""
    opened = object_stores.Ranges(path)
    left, store = list(answers), opened._store

    def cat_file(path, start, end):
        if not left:
            return type(store).cat_file(store, path, start, end)
        if isinstance(answer := left.pop(0), Exception):
            raise answer
        return answer

    monkeypatch.setattr(store, "cat_file", cat_file)
    return opened


def test_attempts_until_all_bytes_arrive(path, monkeypatch, waits):
    opened = failing(
        path, monkeypatch, ConnectionResetError(), b"shor", TimeoutError()
    )
    assert opened.read(path, 10, 5) == CONTENT[10:15]
    # Random, but with limits that double.
    assert len(waits) == 3
    assert all(0 <= w <= 0.1 * 2**n for n, w in enumerate(waits, 1))
    assert len(set(waits)) == 3


def test_a_storage_that_keeps_failing_is_an_error(path, monkeypatch, waits):
    opened = failing(path, monkeypatch, *[RuntimeError("503 slow down")] * 99)
    with pytest.raises(OSError, match="bytes 0 to 9 of memory.*503 slow down"):
        opened.read(path, 0, 9)
    assert len(waits) == 7 and max(waits) <= 10


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_what_another_attempt_does_not_mend(path, monkeypatch, waits, error):
    opened = failing(path, monkeypatch, error("no"))
    with pytest.raises(error):
        opened.read(path, 0, 9)
    assert not waits


def test_ranges_of_stored_files(path):
    (file,) = ranges.open_all([path])
    assert (file.size, file.is_local) == (256, False)
    assert file.read(250, 100) == CONTENT[250:]
    assert file.read(300, 10) == b""
    read = ranges.in_blocks(file)
    assert b"".join(read(n, 3) for n in range(0, 256, 3)) == CONTENT


def test_storage_that_tensorflow_does_not_know(path):
    """Through fsspec, with the functions of `files`."""
    folder = "memory://bucket/made"
    files.make_folder(folder)
    files.write(f"{folder}/a.txt", b"content")
    assert files.read(f"{folder}/a.txt") == b"content"
    with files.open(f"{folder}/a.txt", "r") as file:
        assert file.read() == "content"
    assert files.names(folder) == ["a.txt"]
    assert files.glob("memory://bucket/*/*.txt")[0].endswith("made/a.txt")
    assert files.size(path) == 256
    assert files.is_folder(folder) and not files.is_folder(path)
    files.remove_folder(folder)
    assert not files.exists(f"{folder}/a.txt")
    with pytest.raises(FileNotFoundError):
        ranges.open_all(["memory://bucket/none"])


def test_a_client_that_is_missing_is_named(monkeypatch):
    def missing(*_, **__):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(ImportError, match=r"s3fs.*albert_tf\[cloud\]"):
        object_stores.Ranges("s3://bucket/file")
