"""Collections of Qdrant, in the embedded mode of its own client."""

import numpy as np
import pytest
import toy_embedders

from albert_tf.retrieval.documents import Document
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import qdrant

EMBEDDER = toy_embedders.ToyEmbedder()
ENCODE = building.encoder(EMBEDDER, None)
FEW = [
    Document("dog", "the dog barks", "Pets", {"page": 1}),
    Document("car", "a red car"),
    Document("你", "blue water"),
]


@pytest.fixture
def client():
    return qdrant.connect(":memory:")


@pytest.fixture
def collection(client):
    found = qdrant.create(client, "faq", EMBEDDER, "document")
    found.add(FEW, ENCODE, 3)
    return found


def nearest(collection, query, k=1):
    return collection.nearest(EMBEDDER.encode([query]), k)[0]


def test_found_as_in_a_folder(client, collection):
    again = qdrant.Collection(client, "faq")
    assert len(again) == 3 and again.size == 16
    assert (again.model, again.prompt) == ("toy", "document")
    assert again.fingerprint == EMBEDDER.fingerprint
    ((id, score),) = nearest(again, "a red automobile")
    assert id == "car" and score == pytest.approx(1, abs=1e-5)
    assert again.documents(["你", "dog"]) == [FEW[2], FEW[0]]
    lengths = np.linalg.norm(again.vectors(["dog", "car"]), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)
    assert len(nearest(again, "dog", 99)) == 3


def test_deleted_and_added(collection):
    with pytest.raises(ValueError, match="Received: 'x'. Leave unknown"):
        collection.delete(["car", "x"])
    assert len(collection) == 3
    collection.delete(["car"])
    assert collection.known(["car", "dog"]) == {"dog"}
    collection.add([Document("boat", "a red car")], ENCODE, 1)
    assert nearest(collection, "red car")[0].id == "boat"


def test_other_sizes_and_words_are_errors(collection):
    with pytest.raises(ValueError, match="collection's size, 16. Received.* 8"):
        collection.nearest(np.ones((1, 8)), 1)
    with pytest.raises(ValueError, match="embeddings alone"):
        collection.lexical(["dog"], 1)


def test_other_collections_are_errors(client):
    from qdrant_client import models

    with pytest.raises(FileNotFoundError, match="'faq', which the server"):
        qdrant.Collection(client, "faq")
    size = models.VectorParams(size=4, distance=models.Distance.DOT)
    client.create_collection("other", vectors_config=size)
    with pytest.raises(ValueError, match="does not name its model"):
        qdrant.Collection(client, "other")


def test_addresses():
    with pytest.raises(ValueError, match="http://.*Received: localhost"):
        qdrant.connect("localhost:6333")


def test_a_server_that_is_not_there():
    client = qdrant.connect("http://localhost:9")
    with pytest.raises(OSError, match="reachable.*--url"):
        qdrant.Collection(client, "faq")


def test_without_the_client_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "qdrant_client", None)
    with pytest.raises(ImportError, match=r"albert_tf\[retrieval\]"):
        qdrant.connect(":memory:")
