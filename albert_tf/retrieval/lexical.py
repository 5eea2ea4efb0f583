"""BM25, by bm25s: texts ranked by the words that they share with a query.

Source: Robertson et al. 1994, "Okapi at TREC-3", in the form of Lucene with
k1 = 1.5 and b = 0.75, the defaults of bm25s.
"""

import logging
import os
import re
from array import array
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf.retrieval import damaged
from albert_tf.retrieval import libraries

FOLDER = "bm25"
_METHOD, _K1, _B = "lucene", 1.5, 0.75
# A run of Chinese or Japanese characters, or a word of 2 characters at least.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]+|[^\W{_CJK}]{{2,}}")


def tokens(text: str) -> list[str]:
    """The words by which a text is found.

    They are lowercase, at least 2 letters or digits long, and no English stop
    words. Chinese and Japanese, which have no spaces, become pairs of
    neighboring characters.
    """
    stop_words = _stop_words()
    found = []
    for word in _WORD.findall(text.lower()):
        if re.match(f"[{_CJK}]", word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif word not in stop_words:
            found.append(word)
    return found


class Lexical:
    """BM25 of texts. Make one with `of_texts` or `load`.

    Args:
        model: a bm25s.BM25.
        path: where it was read from, for messages.
    """

    def __init__(self, model: Any, path: str = "memory") -> None:
        self._model, self._path = model, path

    def search(
        self, queries: Sequence[str], k: int, deleted: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The texts with the largest BM25 scores, largest first.

        Args:
            queries: Q texts.
            k: how many to find.
            deleted: numbers of texts that are not found.
        Returns:
            (float32 [Q, k] scores, int64 [Q, k] numbers of texts); the number
            is -1 where fewer than k texts share a word with the query.
        """
        scores = np.full((len(queries), k), -np.inf, np.float32)
        numbers = np.full((len(queries), k), -1, np.int64)
        for row, query in enumerate(queries):
            words = [w for w in tokens(query) if w in self._model.vocab_dict]
            if not words:
                continue
            try:
                found = self._model.get_scores(words)
            except (IndexError, ValueError, TypeError) as error:
                raise damaged.error(self._path, str(error)[:200]) from None
            if deleted is not None and len(deleted):
                found[deleted] = 0
            best = _largest(found, k)
            scores[row, : len(best)] = found[best]
            numbers[row, : len(best)] = best
        return scores, numbers

    def save(self, folder: str) -> None:
        """Writes it into a subfolder of a folder."""
        self._model.save(os.path.join(folder, FOLDER), show_progress=False)


def of_texts(texts: Iterable[str]) -> Lexical:
    """BM25 of texts, which are read once.

    Memory: about 31 bytes for each word of the texts while the scores are
    computed.
    """
    bm25s = _bm25s()
    vocabulary: dict[str, int] = {}
    ids = [
        array(
            "i",
            [vocabulary.setdefault(w, len(vocabulary)) for w in tokens(text)],
        )
        for text in texts
    ]
    if ids and not vocabulary:
        # bm25s needs a word; this one is in no query.
        vocabulary[""] = 0
        ids[0] = array("i", [0])
    model = bm25s.BM25(method=_METHOD, k1=_K1, b=_B, backend="numpy")
    model.index((ids, vocabulary), show_progress=False)
    return Lexical(model)


def load(folder: str, count: int) -> Lexical:
    """BM25 that was saved in a folder, memory-mapped.

    Args:
        folder: the folder.
        count: the number of texts that it must have.
    Raises:
        ValueError: it is damaged, or has another number of texts.
    """
    path = os.path.join(folder, FOLDER)
    try:
        model = _bm25s().BM25.load(
            path,
            mmap=True,
            allow_pickle=False,
            override_params={"backend": "numpy"},
        )
        found = model.scores["num_docs"]
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
    ) as error:
        raise damaged.error(path, repr(error)[:200]) from None
    if found != count:
        raise damaged.error(path, f"{found} texts instead of {count}")
    return Lexical(model, path)


def _largest(scores: np.ndarray, k: int) -> np.ndarray:
    """The numbers of the k largest positive scores, the first of equal ones
    first."""
    positive = np.flatnonzero(scores > 0)
    if len(positive) > k:
        least = np.partition(scores[positive], -k)[-k]
        positive = positive[scores[positive] >= least]
    order = np.argsort(-scores[positive], kind="stable")
    return positive[order[:k]]


def _stop_words() -> frozenset[str]:
    return frozenset(_bm25s().stopwords.STOPWORDS_EN)


def _bm25s() -> Any:
    # It logs each step of an index.
    logging.getLogger("bm25s").setLevel("WARNING")
    return libraries.load("bm25s", "to search by words")
