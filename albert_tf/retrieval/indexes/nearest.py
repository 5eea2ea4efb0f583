"""Nearest vectors by FAISS: exact, by a graph, or by inverted lists.

Sources: Johnson et al. 2017, "Billion-scale similarity search with GPUs"
(inverted lists); Malkov and Yashunin 2016, "Efficient and robust approximate
nearest neighbor search using Hierarchical Navigable Small World graphs".
"""

import logging
import os
import time
from typing import Any
from typing import NamedTuple

import numpy as np

from albert_tf.retrieval import damaged
from albert_tf.retrieval import libraries
from albert_tf.retrieval import vectors as vectors_lib

FILE = "vectors.faiss"
AUTO, FLAT, HNSW, IVF = "auto", "flat", "hnsw", "ivf"
KINDS = (FLAT, HNSW, IVF)
# The largest numbers of vectors that are searched one by one, and by a graph.
# docs/retrieval.md has what was measured.
_MOST_FLAT, _MOST_HNSW = 50_000, 1_000_000

_HNSW_LINKS, _HNSW_BUILD_EFFORT = 32, 100
# Vectors with which the centers of inverted lists are trained, for each.
_TRAINED_FOR_EACH_LIST = 40
_ADDED_AT_ONCE = 65_536
# The effort of a search is doubled until recall@10 is at least this.
_GOAL, _K = 0.95, 10
_FIRST_EFFORT = {HNSW: 16, IVF: 1}
_LAST_EFFORT = {HNSW: 1024, IVF: 1024}
_MEASURED_QUERIES = 500
# Scores that an exact search holds at once.
_MOST_SCORES = 5_000_000


class Quality(NamedTuple):
    """What was measured on vectors of the index as queries.

    Attributes:
        recall_at_10: the share of the 10 truly nearest vectors, themselves
            left out, that a search finds.
        queries_per_second: of a search for 10 vectors, all queries at once.
        queries: how many were measured.
    """

    recall_at_10: float
    queries_per_second: float
    queries: int


def chosen(kind: str, count: int) -> str:
    """The kind of index for a number of vectors.

    Args:
        kind: one of KINDS, or AUTO.
        count: the number of vectors.
    """
    if kind != AUTO:
        return kind
    if count <= _MOST_FLAT:
        return FLAT
    return HNSW if count <= _MOST_HNSW else IVF


def build(kind: str, vectors: np.ndarray, folder: str) -> None:
    """Writes the index of vectors into a folder; FLAT needs no file.

    Args:
        kind: one of KINDS.
        vectors: float32 [N, D], of length 1; may be memory-mapped.
        folder: an existing folder.
    """
    faiss = _faiss()
    count, size = vectors.shape
    if kind == FLAT:
        return
    if kind == HNSW:
        index = faiss.IndexHNSWFlat(
            size, _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT
        )
        index.hnsw.efConstruction = _HNSW_BUILD_EFFORT
    else:
        # 4 times the square root of N, as FAISS's guidelines say, and few
        # enough to be trained.
        lists = max(
            1, min(int(4 * count**0.5), count // _TRAINED_FOR_EACH_LIST)
        )
        quantizer = faiss.IndexFlatIP(size)
        index = faiss.IndexIVFFlat(
            quantizer, size, lists, faiss.METRIC_INNER_PRODUCT
        )
        index.train(vectors_lib.sample(vectors, lists * _TRAINED_FOR_EACH_LIST))
    _add(index, vectors)
    _write(index, folder)


def extend(kind: str, old: str, vectors: np.ndarray, folder: str) -> None:
    """Writes an index with more vectors.

    Args:
        kind: the kind of the old index.
        old: the folder of the old index.
        vectors: float32 [n, D], the vectors to add.
        folder: the folder of the new one.
    """
    if kind == FLAT:
        return
    index = _faiss().read_index(os.path.join(old, FILE))
    _add(index, vectors)
    _write(index, folder)


class Nearest:
    """Searches vectors.

    Args:
        kind: one of KINDS.
        vectors: float32 [N, D], of length 1; may be memory-mapped.
        folder: the folder of the index.
        deleted: int64, numbers of vectors that are not found.
        effort: how much of the index a search visits; None for FLAT.
    Raises:
        ValueError: the index is damaged, or is one of other vectors.
    """

    def __init__(
        self,
        kind: str,
        vectors: np.ndarray,
        folder: str,
        deleted: np.ndarray,
        effort: int | None,
    ) -> None:
        self._kind, self._vectors, self._effort = kind, vectors, effort
        self._deleted = np.asarray(deleted, dtype=np.int64)
        self._index = None if kind == FLAT else _read(kind, vectors, folder)

    def search(
        self, queries: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The vectors with the largest inner products, largest first.

        Args:
            queries: float32 [Q, D].
            k: how many to find.
        Returns:
            (float32 [Q, k] inner products, int64 [Q, k] numbers of vectors);
            the number is -1 where fewer than k were found.
        """
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if self._index is None:
            return self._exact(queries, k)
        faiss = _faiss()
        keep = None
        if len(self._deleted):
            keep = faiss.IDSelectorNot(faiss.IDSelectorBatch(self._deleted))
        if self._kind == HNSW:
            parameters = faiss.SearchParametersHNSW(
                sel=keep, efSearch=max(self._effort or 0, k)
            )
        else:
            parameters = faiss.SearchParametersIVF(
                sel=keep, nprobe=min(self._effort or 1, self._index.nlist)
            )
        return self._index.search(queries, k, params=parameters)

    def _exact(
        self, queries: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        faiss = _faiss()
        found_scores = np.full((len(queries), k), -np.inf, np.float32)
        found = np.full((len(queries), k), -1, np.int64)
        # More are found than asked for, so that deleted ones can be left out.
        most = min(k + len(self._deleted), len(self._vectors))
        at_once = max(1, _MOST_SCORES // most)
        for start in range(0, len(queries), at_once):
            scores, numbers = faiss.knn(
                queries[start : start + at_once],
                self._vectors,
                most,
                metric=faiss.METRIC_INNER_PRODUCT,
            )
            kept = ~np.isin(numbers, self._deleted)
            for row, keep in enumerate(kept):
                best = numbers[row, keep][:k]
                found[start + row, : len(best)] = best
                found_scores[start + row, : len(best)] = scores[row, keep][:k]
        return found_scores, found

    def tuned(self) -> tuple[int | None, Quality]:
        """Chooses the effort of a search, and measures it.

        Returns:
            The effort, with which this object searches from then on, and what
            was measured.
        """
        numbers = vectors_lib.sample_numbers(
            len(self._vectors), _MEASURED_QUERIES
        )
        queries = np.ascontiguousarray(self._vectors[numbers])
        exact = Nearest(FLAT, self._vectors, "", self._deleted, None)
        truth = _others(exact.search(queries, _K + 1)[1], numbers)
        self._effort = _FIRST_EFFORT.get(self._kind)
        while True:
            started = time.perf_counter()
            found = self.search(queries, _K + 1)[1]
            seconds = time.perf_counter() - started
            quality = Quality(
                _recall(truth, _others(found, numbers)),
                len(queries) / seconds,
                len(queries),
            )
            if (
                self._effort is None
                or quality.recall_at_10 >= _GOAL
                or self._effort >= _LAST_EFFORT[self._kind]
            ):
                return self._effort, quality
            self._effort *= 2


def _others(found: np.ndarray, numbers: np.ndarray) -> list[set[int]]:
    """The 10 first that are not the query itself."""
    return [
        set([n for n in row.tolist() if n not in (own, -1)][:_K])
        for row, own in zip(found, numbers, strict=True)
    ]


def _recall(truth: list[set[int]], found: list[set[int]]) -> float:
    total = sum(map(len, truth))
    if not total:
        return 1.0
    hits = sum(len(a & b) for a, b in zip(truth, found, strict=True))
    return hits / total


def _add(index: Any, vectors: np.ndarray) -> None:
    for piece in vectors_lib.pieces(vectors, _ADDED_AT_ONCE):
        index.add(np.ascontiguousarray(piece))


def _write(index: Any, folder: str) -> None:
    path = os.path.join(folder, FILE)
    try:
        _faiss().write_index(index, path)
    except RuntimeError as error:
        raise OSError(
            "An index must fit on its disk. Received: "
            f"{path} ({str(error)[-200:]}). Make room, or name another folder."
        ) from None


def _read(kind: str, vectors: np.ndarray, folder: str) -> Any:
    faiss = _faiss()
    path = os.path.join(folder, FILE)
    known = {HNSW: "IndexHNSWFlat", IVF: "IndexIVFFlat"}[kind]
    # Each kind is mapped into memory by a flag of its own.
    flag = faiss.IO_FLAG_MMAP_IFC if kind == HNSW else faiss.IO_FLAG_MMAP
    try:
        index = faiss.read_index(path, flag)
    except RuntimeError as error:
        raise damaged.error(path, str(error)[-200:]) from None
    if (
        type(index).__name__ != known
        or (index.ntotal, index.d) != vectors.shape
    ):
        raise damaged.error(
            path,
            f"{type(index).__name__} of {index.ntotal:,} vectors of size "
            f"{index.d}",
        )
    return index


def _faiss() -> Any:
    # It logs how it is loaded.
    logging.getLogger("faiss").setLevel("WARNING")
    return libraries.load("faiss", "to search by embeddings")
