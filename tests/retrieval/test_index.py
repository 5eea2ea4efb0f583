"""An index in a folder: built, changed, damaged, and killed in between."""

import json
import os
import shutil

import numpy as np
import pytest
import toy_embedders

from albert_tf.retrieval.documents import Document
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import generations
from albert_tf.retrieval.indexes import index as index_lib

EMBEDDER = toy_embedders.ToyEmbedder()
TEXTS = {
    "dog": "the dog barks",
    "car": "a red car",
    "sky": "the sky is blue",
    "sea": "blue water",
}
MORE = [Document("bird", "a bird sings"), Document("boat", "a red boat")]


def documents(texts=TEXTS):
    return [Document(id, text) for id, text in texts.items()]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("built") / "index")
    building.create(path, documents(), version="1", embedder=EMBEDDER)
    return path


@pytest.fixture
def folder(template, tmp_path):
    """A copy of an index, which a test may change."""
    return str(shutil.copytree(template, tmp_path / "index"))


def nearest(folder, query, k=1):
    index = index_lib.Index(folder)
    (found,) = index.nearest(EMBEDDER.encode([query]), k)
    return [each.id for each in found]


def by_words(folder, query, k=9):
    (found,) = index_lib.Index(folder).lexical([query], k)
    return [each.id for each in found]


def files(folder):
    return {
        os.path.relpath(os.path.join(place, name), folder)
        for place, _, names in os.walk(folder)
        for name in names
    }


def test_found_by_meaning_and_by_words(folder):
    assert nearest(folder, "the hound barks") == ["dog"]
    assert by_words(folder, "hound") == []
    assert {*by_words(folder, "blue")} == {"sky", "sea"}
    index = index_lib.Index(folder)
    assert len(index) == 4 and index.size == 16
    assert index.fingerprint == EMBEDDER.fingerprint
    assert index.documents(["sea", "dog"]) == documents()[::-3]
    lengths = np.linalg.norm(index.vectors(["sea", "dog"]), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)


def test_scores_are_cosines(folder):
    index = index_lib.Index(folder)
    ((best,),) = index.nearest(5 * EMBEDDER.encode(["a red car"]), 1)
    assert best == ("car", pytest.approx(1))


def test_more_than_there_are(folder):
    assert len(nearest(folder, "dog", 99)) == 4


def test_added_deleted_and_added_again(folder):
    building.extend(folder, MORE, version="1", embedder=EMBEDDER)
    assert nearest(folder, "bird sings") == ["bird"]
    assert {*by_words(folder, "red")} == {"car", "boat"}
    about = building.delete(folder, ["bird", "car"], version="1")
    assert (about.num_documents, about.num_deleted) == (6, 2)
    assert len(index_lib.Index(folder)) == 4
    assert "bird" not in nearest(folder, "bird sings", 9)
    assert by_words(folder, "red") == ["boat"]
    building.extend(folder, MORE[:1], version="1", embedder=EMBEDDER)
    assert nearest(folder, "bird sings") == ["bird"]
    assert by_words(folder, "red") == ["boat"]


def test_rebuilt_from_its_own_documents(folder):
    building.delete(folder, ["car"], version="1")
    other = toy_embedders.ToyEmbedder(8, "other", "1" * 64)
    old = index_lib.Index(folder)
    about = building.create(folder, old.all(), version="1", embedder=other)
    assert (about.num_documents, about.num_deleted, about.size) == (3, 0, 8)
    assert [d.id for d in index_lib.Index(folder).all()] == [
        "dog",
        "sky",
        "sea",
    ]
    assert len(os.listdir(folder)) == 2


def test_unknown_ids_change_nothing(folder):
    before = files(folder)
    with pytest.raises(ValueError, match="Received: 'x'. Leave unknown"):
        building.delete(folder, ["dog", "x"], version="1")
    assert files(folder) == before and len(index_lib.Index(folder)) == 4


def test_the_last_document_stays(folder):
    with pytest.raises(ValueError, match="at least one document.*all 4"):
        building.delete(folder, list(TEXTS), version="1")


def test_another_model_is_an_error(folder):
    other = toy_embedders.ToyEmbedder(16, "other", "1" * 64)
    with pytest.raises(ValueError, match="model that made it.*other.*rebuild"):
        building.extend(folder, MORE, version="1", embedder=other)
    small = toy_embedders.ToyEmbedder(8)
    with pytest.raises(ValueError, match="size 8.*has changed since"):
        building.extend(folder, MORE, version="1", embedder=small)
    with pytest.raises(ValueError, match="with the model of the index"):
        building.extend(folder, MORE, version="1")
    index = index_lib.Index(folder)
    with pytest.raises(ValueError, match="index's size, 16. Received.* 8"):
        index.nearest(small.encode(["dog"]), 1)
    with pytest.raises(ValueError, match="finite"):
        index.nearest(np.full((1, 16), np.nan), 1)


def test_words_only(tmp_path):
    path = str(tmp_path / "index")
    about = building.create(path, documents(), version="1")
    assert about.model is None and about.kind is None
    assert by_words(path, "barks") == ["dog"]
    index = index_lib.Index(path)
    with pytest.raises(ValueError, match="index of words only"):
        index.nearest(np.ones((1, 16)), 1)
    with pytest.raises(ValueError, match="index of words only"):
        index.vectors(["dog"])


def test_vectors_only(tmp_path):
    path = str(tmp_path / "index")
    building.create(
        path, documents(), version="1", embedder=EMBEDDER, has_lexical=False
    )
    assert nearest(path, "red car") == ["car"]
    with pytest.raises(ValueError, match="must have BM25"):
        by_words(path, "red")


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_every_kind_is_built_and_changed(kind, tmp_path):
    path = str(tmp_path / "index")
    texts = {str(n): f"word{n} word{n % 7} word{n % 5}" for n in range(200)}
    about = building.create(
        path, documents(texts), version="1", embedder=EMBEDDER, kind=kind
    )
    assert about.kind == kind and about.effort
    assert about.quality.recall_at_10 > 0.9
    building.delete(path, ["5"], version="1")
    about = building.extend(path, MORE, version="1", embedder=EMBEDDER)
    assert about.kind == kind
    assert nearest(path, "a bird sings") == ["bird"]
    assert "5" not in nearest(path, texts["5"], 20)


def test_a_failed_change_leaves_the_index(folder):
    before = files(folder)

    def fail(documents, start, total):
        raise RuntimeError("as a full disk would")

    with pytest.raises(RuntimeError):
        building.extend(
            folder, MORE, version="1", embedder=EMBEDDER, encode=fail
        )
    assert files(folder) == before


def test_read_while_it_is_changed(folder):
    index = index_lib.Index(folder)
    building.extend(folder, MORE, version="1", embedder=EMBEDDER)
    (found,) = index.nearest(EMBEDDER.encode(["the dog barks"]), 1)
    assert found[0].id == "dog" and len(index) == 4
    assert index.documents(["sea"])[0].text == "blue water"


def changed(folder, **values):
    path = os.path.join(folder, "index.json")
    with open(path) as file:
        found = {**json.load(file), **values}
    with open(path, "w") as file:
        json.dump(found, file)


@pytest.mark.parametrize(
    "name, value",
    [
        ("num_documents", "4"),
        ("num_documents", True),
        ("generation", "../elsewhere"),
        ("kind", "pq"),
        ("quality", {"evil": 1}),
        ("size", None),
    ],
)
def test_a_damaged_description_is_an_error(name, value, folder):
    changed(folder, **{name: value})
    with pytest.raises(ValueError, match=f"undamaged.*index.json, with {name}"):
        index_lib.Index(folder)


def test_other_damage_is_an_error(folder, tmp_path):
    changed(folder, size=5)
    with pytest.raises(ValueError, match=r"float32 \[4, 16\]"):
        index_lib.Index(folder)
    changed(folder, format=2)
    with pytest.raises(ValueError, match="format 1. Received.*format 2"):
        index_lib.Index(folder)
    with pytest.raises(FileNotFoundError, match="folder with index.json"):
        index_lib.Index(str(tmp_path))
    path = os.path.join(folder, "index.json")
    with open(path, "w") as file:
        file.write('{"a":' * 99999)
    with pytest.raises(ValueError, match="index.json must hold one JSON"):
        index_lib.Index(folder)


def test_generations_are_numbered(folder):
    first = generations.read(folder).generation
    building.delete(folder, ["dog"], version="1")
    second = generations.read(folder).generation
    assert (first[:6], second[:6]) == ("000001", "000002")
