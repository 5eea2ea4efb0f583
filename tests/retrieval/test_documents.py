"""Documents: written as a stream, found by number or id, checked."""

import numpy as np
import pytest

from albert_tf.retrieval import documents
from albert_tf.retrieval.documents import Document

NONE = np.zeros(0, np.int64)
FEW = [
    Document("a", "one\ntwo", "Title", {"page": 3, "tags": ["x"]}),
    Document("é 你", "text"),
    Document("c", "", "only a title"),
]


def stored(folder, given, deleted=NONE, old=None):
    folder.mkdir(exist_ok=True)
    documents.write(str(folder), iter(given), old=old)
    return documents.Documents(str(folder), deleted)


def test_read_as_written(tmp_path):
    found = stored(tmp_path, FEW)
    assert len(found) == 3
    assert [found[number] for number in range(3)] == FEW
    assert list(found.all()) == FEW
    assert FEW[0].content == "Title one\ntwo"
    assert FEW[2].content == "only a title"


def test_found_by_id(tmp_path):
    many = [Document(f"id {n}", f"text {n}") for n in range(1000)]
    found = stored(tmp_path, many)
    assert [found.find(f"id {n}") for n in (0, 7, 999)] == [0, 7, 999]
    assert found.find("id 1000") is None
    assert found.numbers(["id 5", "id 3"]) == [5, 3]


def test_deleted_ones_are_not_found_and_may_come_back(tmp_path):
    deleted = np.array([1])
    found = stored(tmp_path / "old", FEW, deleted)
    assert found.find(FEW[1].id) is None
    assert [d.id for d in found.all()] == ["a", "c"]
    again = stored(tmp_path / "new", [FEW[1]], deleted, old=found)
    assert len(again) == 4
    assert again.find(FEW[1].id) == 3
    assert again[3] == FEW[1]


def test_ids_of_equal_hash_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_key", lambda id: np.uint64(2**64 - 1))
    found = stored(tmp_path, FEW)
    assert [found.find(d.id) for d in FEW] == [0, 1, 2]
    assert found.find("d") is None


@pytest.mark.parametrize(
    "given, message",
    [
        ([], "There must be at least one document. Received: none"),
        (
            [Document("a", "x"), Document("b", "y"), Document("a", "z")],
            "Each id must be unique in an index. Received: 'a'",
        ),
        ([Document("a", " ")], "must have a non-empty text.*document 'a'"),
        ([Document("", "x")], "must have an id"),
        ([Document("a", "\ud800")], "valid Unicode.*document 'a'"),
    ],
)
def test_malformed_documents(given, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        stored(tmp_path, given)


def test_an_id_of_the_index_cannot_be_added(tmp_path):
    old = stored(tmp_path / "old", FEW)
    with pytest.raises(ValueError, match="unique.*'c'.*delete the old"):
        stored(tmp_path / "new", [Document("c", "x")], old=old)


def test_metadata_as_deep_as_readers_allow(tmp_path):
    deep = value = {}
    for _ in range(48):
        value["a"] = value = {}
    with pytest.raises(ValueError, match="nested 48 deep at most"):
        stored(tmp_path, [Document("a", "x", metadata=deep)])


def test_unknown_ids_are_named(tmp_path):
    found = stored(tmp_path, FEW)
    with pytest.raises(ValueError, match="Received: 'x', 'y'. Leave"):
        found.numbers(["a", "x", "y"])


@pytest.mark.parametrize("name", ["documents.jsonl", "ids"])
def test_a_cut_file_is_an_error_with_its_name(name, tmp_path):
    stored(tmp_path, FEW)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(ValueError, match=f"undamaged. Received: .*{name}"):
        documents.Documents(str(tmp_path), NONE)


def test_cut_offsets_are_an_error(tmp_path):
    stored(tmp_path, FEW)
    path = tmp_path / "ids.offsets.npy"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ValueError, match="undamaged"):
        documents.Documents(str(tmp_path), NONE)
