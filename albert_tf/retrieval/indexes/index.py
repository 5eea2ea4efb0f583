"""An index in a folder: documents, their vectors, and BM25 of their words."""

import os
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import lexical as lexical_lib
from albert_tf.retrieval import store
from albert_tf.retrieval import vectors as vectors_lib
from albert_tf.retrieval.indexes import generations
from albert_tf.retrieval.indexes import nearest as nearest_lib

DELETED = "deleted.npy"


class Index:
    """An index, read from a folder; its files are memory-mapped.

    Args:
        folder: the folder.
    Raises:
        FileNotFoundError: the folder holds no index.
        ValueError: its files are damaged.
        ImportError: faiss or bm25s is not installed.
    """

    def __init__(self, folder: str) -> None:
        for attempt in (1, 2):
            self.description = generations.read(folder)
            try:
                self._open(os.path.join(folder, self.description.generation))
                return
            except FileNotFoundError:
                # Another process has replaced the generation meanwhile.
                changed = generations.read(folder) != self.description
                if attempt == 2 or not changed:
                    raise

    def _open(self, place: str) -> None:
        about = self.description
        deleted = np.zeros(0, np.int64)
        if about.num_deleted:
            deleted = np.load(os.path.join(place, DELETED), allow_pickle=False)
        self.folder, self.deleted = place, deleted
        self.stored = documents_lib.Documents(place, deleted)
        self._vectors: np.ndarray | None = None
        self._nearest: nearest_lib.Nearest | None = None
        if about.kind is not None:
            self._vectors = vectors_lib.load(
                place, about.num_documents, about.size
            )
            self._nearest = nearest_lib.Nearest(
                about.kind, self._vectors, place, deleted, about.effort
            )
        self._lexical: lexical_lib.Lexical | None = None
        if about.has_lexical:
            self._lexical = lexical_lib.load(place, about.num_documents)

    @property
    def model(self) -> str | None:
        return self.description.model

    @property
    def fingerprint(self) -> str | None:
        return self.description.fingerprint

    @property
    def size(self) -> int:
        return self.description.size

    @property
    def prompt(self) -> str | None:
        return self.description.prompt

    @property
    def has_lexical(self) -> bool:
        return self._lexical is not None

    def __len__(self) -> int:
        """The number of documents that were not deleted."""
        return self.description.num_documents - self.description.num_deleted

    def nearest(self, vectors: np.ndarray, k: int) -> list[store.Ranking]:
        """The documents nearest to vectors.

        Args:
            vectors: float [Q, D].
            k: how many to find; if there are fewer documents, all of them.
        Returns:
            A ranking for each vector, with cosines as scores.
        Raises:
            ValueError: the vectors have another size or NaN, or the index has
                none.
        """
        if self._nearest is None:
            raise ValueError(
                "To be searched by embeddings, an index must have them. "
                "Received: an index of words only. Rebuild it with --rebuild "
                "--model=MODEL."
            )
        if vectors.shape[-1] != self.size:
            raise ValueError(
                f"Vectors must have the index's size, {self.size}. Received: "
                f"the size {vectors.shape[-1]}. Use the index's model, "
                f"{self.model}."
            )
        queries = vectors_lib.scaled(vectors)
        return self._ranked(
            *self._nearest.search(queries, min(k, len(self)) or 1)
        )

    def lexical(self, queries: Sequence[str], k: int) -> list[store.Ranking]:
        """The documents with the largest BM25 scores.

        Args:
            queries: Q texts.
            k: how many to find; documents that share no word with a query are
                not found.
        Returns:
            A ranking for each query.
        Raises:
            ValueError: the index has no BM25.
        """
        if self._lexical is None:
            raise ValueError(
                "To be searched by words, an index must have BM25. Received: "
                "an index without it. Rebuild it with --rebuild --lexical."
            )
        return self._ranked(
            *self._lexical.search(queries, min(k, len(self)), self.deleted)
        )

    def documents(self, ids: Sequence[str]) -> list[documents_lib.Document]:
        """The documents with these ids; raises ValueError for unknown ones."""
        return [self.stored[n] for n in self.stored.numbers(ids)]

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that documents have."""
        return {id for id in ids if self.stored.find(id) is not None}

    def vectors(self, ids: Sequence[str]) -> np.ndarray:
        """The vectors of documents.

        Returns:
            float32 [N, D], each of length 1.
        Raises:
            ValueError: an id is unknown, or the index has no vectors.
        """
        return np.asarray(self.all_vectors[self.stored.numbers(ids)])

    @property
    def all_vectors(self) -> np.ndarray:
        """All vectors, with those of deleted documents, memory-mapped."""
        if self._vectors is None:
            raise ValueError(
                "To give vectors, an index must have them. Received: an index "
                "of words only. Rebuild it with --rebuild --model=MODEL."
            )
        return self._vectors

    def all(self) -> Iterator[documents_lib.Document]:
        """The documents that were not deleted, in their order."""
        return self.stored.all()

    def _ranked(
        self, scores: np.ndarray, numbers: np.ndarray
    ) -> list[store.Ranking]:
        return [
            [
                store.Scored(self.stored.id(number), score)
                for number, score in zip(row.tolist(), own, strict=True)
                if number >= 0
            ]
            for row, own in zip(numbers, scores.tolist(), strict=True)
        ]
