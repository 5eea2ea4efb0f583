"""An index as a collection of a Qdrant database, through its own client."""

import contextlib
import itertools
import uuid
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval import libraries
from albert_tf.retrieval import store
from albert_tf.retrieval import vectors as vectors_lib
from albert_tf.retrieval.indexes import building

# Points that are written at once.
_AT_ONCE = 256
# The keys of a collection's metadata, and of a point's.
_KEY = "albert_tf"
_ID, _TEXT, _TITLE, _METADATA = "id", "text", "title", "metadata"
# The client waits for an answer for this many seconds.
_TIMEOUT = 60


def connect(url: str) -> Any:
    """A client of a server, or of an embedded database for tests.

    Args:
        url: such as http://localhost:6333; ":memory:" for a database in this
            process.
    Raises:
        ImportError: qdrant_client is not installed.
        ValueError: the address has another form.
    """
    client = libraries.load("qdrant_client", "to use a Qdrant database")
    if url == ":memory:":
        return client.QdrantClient(url)
    if not url.startswith(("http://", "https://")):
        raise ValueError(
            "--url must start with http:// or https://, such as "
            f"http://localhost:6333. Received: {url}."
        )
    return client.QdrantClient(
        url=url, timeout=_TIMEOUT, check_compatibility=False
    )


@contextlib.contextmanager
def errors(what: str) -> Iterator[None]:
    """Turns errors of the client into OSErrors that name the collection."""
    from qdrant_client.http import exceptions

    try:
        yield
    except exceptions.ApiException as error:
        raise OSError(
            "A Qdrant server must be reachable, and accept the request. "
            f"Received: {what}: {' '.join(str(error).split())[:300]}. Check "
            "--url and the server's log."
        ) from None


class Collection:
    """A collection of documents with vectors.

    Args:
        client: a qdrant_client.QdrantClient.
        name: of the collection.
    Raises:
        FileNotFoundError: there is no such collection.
        ValueError: albert_tf did not make it.
        OSError: the server cannot be reached.
    """

    has_lexical = False

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name
        with errors(name):
            if not client.collection_exists(name):
                raise FileNotFoundError(
                    "The collection must exist. Received: "
                    f"{name!r}, which the server does not have. Build it with "
                    "albert-tf index."
                )
            found = client.get_collection(name).config
        about = (found.metadata or {}).get(_KEY)
        if not isinstance(about, dict) or not isinstance(
            about.get("fingerprint"), str
        ):
            raise ValueError(
                "A collection must be one that albert-tf index made. Received: "
                f"{name!r}, which does not name its model. Choose another name."
            )
        self.model = str(about.get("model"))
        self.fingerprint: str | None = about["fingerprint"]
        self.prompt: str | None = about.get("prompt")
        self.size = found.params.vectors.size

    def __len__(self) -> int:
        with errors(self._name):
            return self._client.count(self._name, exact=True).count

    def nearest(self, vectors: np.ndarray, k: int) -> list[store.Ranking]:
        """The documents nearest to vectors, as for `Index.nearest`."""
        from qdrant_client import models

        if vectors.shape[-1] != self.size:
            raise ValueError(
                f"Vectors must have the collection's size, {self.size}. "
                f"Received: the size {vectors.shape[-1]}. Use the model "
                f"{self.model}."
            )
        requests = [
            models.QueryRequest(
                query=vector.tolist(), limit=k, with_payload=[_ID]
            )
            for vector in vectors_lib.scaled(vectors)
        ]
        rankings = []
        for start in range(0, len(requests), _AT_ONCE):
            with errors(self._name):
                rankings += self._client.query_batch_points(
                    self._name, requests[start : start + _AT_ONCE]
                )
        return [
            [
                store.Scored(point.payload[_ID], point.score)
                for point in answer.points
            ]
            for answer in rankings
        ]

    def lexical(self, queries: Sequence[str], k: int) -> list[store.Ranking]:
        """Raises ValueError: a collection has no BM25."""
        raise ValueError(
            "A collection of Qdrant must be searched by embeddings alone. "
            "Received: a search by words. Leave --lexical out, or use an index "
            "in a folder."
        )

    def documents(self, ids: Sequence[str]) -> list[documents_lib.Document]:
        """The documents with these ids; raises ValueError for unknown ones."""
        return [
            documents_lib.Document(
                point.payload[_ID],
                point.payload[_TEXT],
                point.payload.get(_TITLE, ""),
                point.payload.get(_METADATA, {}),
            )
            for point in self._points(ids, with_vectors=False)
        ]

    def vectors(self, ids: Sequence[str]) -> np.ndarray:
        """The vectors of the documents with these ids, float32 [N, D]."""
        points = self._points(ids, with_vectors=True)
        return vectors_lib.scaled(np.array([point.vector for point in points]))

    def _points(self, ids: Sequence[str], with_vectors: bool) -> list[Any]:
        found = self._found(ids, with_vectors)
        unknown = [id for id in ids if id not in found]
        if unknown:
            raise ValueError(
                "Each id must be that of a document in the collection. "
                f"Received: {documents_lib.listed(unknown)}. Leave unknown ids "
                "out; nothing was changed."
            )
        return [found[id] for id in ids]

    def _found(self, ids: Sequence[str], with_vectors: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        keys = [_key(id) for id in dict.fromkeys(ids)]
        for start in range(0, len(keys), _AT_ONCE):
            with errors(self._name):
                points = self._client.retrieve(
                    self._name,
                    keys[start : start + _AT_ONCE],
                    with_vectors=with_vectors,
                )
            found |= {point.payload[_ID]: point for point in points}
        return found

    def delete(self, ids: Sequence[str]) -> None:
        """Deletes documents; raises ValueError for unknown ids."""
        from qdrant_client import models

        self._points(ids, with_vectors=False)
        selector = models.PointIdsList(points=[_key(id) for id in ids])
        with errors(self._name):
            self._client.delete(self._name, selector)

    def add(
        self,
        documents: Iterable[documents_lib.Document],
        encode: building.Encode,
        total: int,
    ) -> None:
        """Adds documents that are not there yet.

        Args:
            documents: their ids are new.
            encode: makes their vectors.
            total: how many documents there are.
        """
        from qdrant_client import models

        start = 0
        documents = iter(documents)
        while part := list(itertools.islice(documents, _AT_ONCE)):
            vectors = vectors_lib.scaled(encode(part, start, total), start)
            points = [
                models.PointStruct(
                    id=_key(document.id),
                    vector=vector.tolist(),
                    payload={
                        _ID: document.id,
                        _TEXT: document.text,
                        _TITLE: document.title,
                        _METADATA: dict(document.metadata),
                    },
                )
                for document, vector in zip(part, vectors, strict=True)
            ]
            with errors(self._name):
                self._client.upsert(self._name, points, wait=True)
            start += len(part)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that documents have."""
        return {*self._found(ids, with_vectors=False)}


def create(
    client: Any, name: str, embedder: embedders.Embedder, prompt: str | None
) -> Collection:
    """Makes an empty collection for a model's vectors.

    Args:
        client, name: as for `Collection`.
        embedder: the model.
        prompt: the name of its prompt for documents.
    Raises:
        OSError: the server cannot be reached, or refuses.
    """
    from qdrant_client import models

    about = {
        "model": embedder.name,
        "fingerprint": embedder.fingerprint,
        "prompt": prompt,
    }
    with errors(name):
        client.create_collection(
            name,
            vectors_config=models.VectorParams(
                size=embedder.size, distance=models.Distance.COSINE
            ),
            metadata={_KEY: about},
        )
    return Collection(client, name)


def _key(id: str) -> str:
    """A point's id, which Qdrant wants to be a UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"albert_tf:{id}"))
