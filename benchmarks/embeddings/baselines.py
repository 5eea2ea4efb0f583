"""What embeddings are compared with: TF-IDF and BM25, which train nothing."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Protocol

import bm25s
import numpy as np
from sklearn.feature_extraction import text as sklearn_text


class Embedder(Protocol):
    """Anything that turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One vector for each text, float [N, D]."""
        ...


# An embedder for the texts of one file. TF-IDF counts them; a model does not
# look at them.
Maker = Callable[[Sequence[str]], Embedder]


class TfIdf:
    """Vectors of words, weighted by how rare they are.

    Args:
        texts: those that tell how rare each word is.
    """

    def __init__(self, texts: Sequence[str]):
        # One-letter words and digits count too: "bulb A", "terminal 1".
        self._weights = sklearn_text.TfidfVectorizer(
            token_pattern=r"\w+", sublinear_tf=True
        ).fit(texts)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of length 1, [N, number of words]."""
        return self._weights.transform(texts).toarray()


class Bm25:
    """Ranks documents by BM25 (Lucene's form, k1 1.5 and b 0.75).

    Args:
        documents: M texts.
    Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance
        Framework: BM25 and Beyond".
    """

    def __init__(self, documents: Sequence[str]):
        self._index = bm25s.BM25()
        self._index.index(_tokens(documents), show_progress=False)

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """The score of each document for each query, float32 [N, M]."""
        words = bm25s.tokenize(
            list(queries), stopwords="en", return_ids=False, show_progress=False
        )
        return np.stack([self._index.get_scores(query) for query in words])


def _tokens(texts: Sequence[str]):
    return bm25s.tokenize(list(texts), stopwords="en", show_progress=False)
