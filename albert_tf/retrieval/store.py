"""What a search needs of an index, whoever holds it."""

from collections.abc import Sequence
from typing import NamedTuple
from typing import Protocol

import numpy as np

from albert_tf.retrieval import documents as documents_lib


class Scored(NamedTuple):
    """A document in a ranking.

    Attributes:
        id: of the document.
        score: larger is better; its scale is that of the ranking.
    """

    id: str
    score: float


Ranking = list[Scored]


class Store(Protocol):
    """Documents that can be searched by vectors, by words, or by both."""

    @property
    def model(self) -> str | None:
        """The name of the embedding model; None if there is none."""

    @property
    def fingerprint(self) -> str | None: ...

    @property
    def size(self) -> int:
        """D, the size of the vectors; 0 if there are none."""

    @property
    def prompt(self) -> str | None:
        """The prompt that documents were embedded with; None for none."""

    @property
    def has_lexical(self) -> bool:
        """Whether it can be searched by words."""

    def __len__(self) -> int:
        """The number of documents."""

    def nearest(self, vectors: np.ndarray, k: int) -> list[Ranking]:
        """The documents nearest to each vector, float32 [Q, D], by cosine."""

    def lexical(self, queries: Sequence[str], k: int) -> list[Ranking]:
        """The best documents for each query by BM25."""

    def documents(self, ids: Sequence[str]) -> list[documents_lib.Document]:
        """The documents with these ids."""

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that documents have."""

    def vectors(self, ids: Sequence[str]) -> np.ndarray:
        """The vectors of the documents with these ids, float32 [N, D]."""
