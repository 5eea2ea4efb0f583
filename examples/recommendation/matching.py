"""Articles near to what a reader read, not all alike, and why.

Source of the diversity: Carbonell and Goldstein 1998, "The use of MMR,
diversity-based reranking for reordering documents and producing summaries".
"""

from collections.abc import Sequence
from typing import NamedTuple

import catalog as catalog_lib
import numpy as np

MEAN, NEAREST = "mean", "nearest"
# TF-IDF cosine from which two articles are near-duplicates.
_SAME = 0.8
# Candidates among which a list is chosen, for each of its articles.
_CANDIDATES = 10
_WORDS = 4


class Match(NamedTuple):
    """A recommended article.

    Attributes:
        item: its number.
        score: its cosine with the profile.
        because: the number of the article in the history that it is most like.
        cosine: its cosine with that.
        words: words in both, those that are rare and frequent here first.
    """

    item: int
    score: float
    because: int
    cosine: float
    words: list[str]


def scores(
    embeddings: np.ndarray, history: Sequence[int], profile: str, last: int
) -> np.ndarray:
    """How near each article is to a reader's history.

    Args:
        embeddings: float32 [N, D], of length 1.
        history: numbers of articles, the last one read at the end.
        profile: MEAN for the cosine with the mean of the history's
            embeddings, NEAREST for the largest cosine with any of them.
        last: how many of the history count, from its end.
    Returns:
        float32 [N].
    """
    own = embeddings[list(history[-last:])]
    if profile == NEAREST:
        return (embeddings @ own.T).max(axis=1)
    mean = own.mean(axis=0)
    return embeddings @ (mean / max(float(np.linalg.norm(mean)), 1e-12))


def diverse(
    embeddings: np.ndarray,
    near: np.ndarray,
    candidates: np.ndarray,
    count: int,
    diversity: float,
) -> list[int]:
    """A list by maximal marginal relevance: each next article has the largest
    (1 - diversity) * score - diversity * (cosine with the nearest chosen one).

    Args:
        embeddings: float32 [N, D], of length 1.
        near: float [N], the scores.
        candidates: numbers of articles, the best first.
        count: length of the list.
        diversity: from 0, the best ones, to 1.
    """
    pool = candidates[: count * _CANDIDATES]
    chosen: list[int] = []
    alike = np.full(len(pool), -1.0)
    left = np.ones(len(pool), bool)
    while left.any() and len(chosen) < count:
        repeated = np.maximum(alike, 0) if chosen else 0
        value = (1 - diversity) * near[pool] - diversity * repeated
        best = int(np.where(left, value, -np.inf).argmax())
        left[best] = False
        chosen.append(int(pool[best]))
        alike = np.maximum(alike, embeddings[pool] @ embeddings[pool[best]])
    return chosen


def recommend(
    catalog: catalog_lib.Catalog,
    history: Sequence[int],
    *,
    count: int = 10,
    profile: str = NEAREST,
    last: int = 10,
    diversity: float = 0.3,
    allowed: np.ndarray | None = None,
) -> list[Match]:
    """Recommends articles to a reader.

    Args:
        catalog: the articles.
        history: numbers of articles, the last one read at the end.
        count: how many to recommend.
        profile, last, diversity: as above.
        allowed: bool [N], which articles may be recommended; by default all.
            Those read, and near-duplicates of these, never are.
    Raises:
        ValueError: the history is empty.
    """
    if not len(history):
        raise ValueError(
            "A reader must have read at least one article. Received: an empty "
            "history. Show new readers the most read ones."
        )
    near = scores(catalog.embeddings, history, profile, last)
    rows = list(history)
    repeated = (catalog.words @ catalog.words[rows].T).max(axis=1)
    is_free = repeated.toarray().ravel() < _SAME
    is_free[rows] = False
    if allowed is not None:
        is_free &= allowed
    candidates = np.flatnonzero(is_free)
    order = candidates[np.argsort(-near[candidates], kind="stable")]
    unlike = different(catalog, order[: count * _CANDIDATES])
    chosen = diverse(catalog.embeddings, near, unlike, count, diversity)
    return [explained(catalog, rows[-last:], near, item) for item in chosen]


def different(catalog: catalog_lib.Catalog, items: np.ndarray) -> np.ndarray:
    """Articles without those that nearly repeat an earlier one."""
    words = catalog.words[items]
    cosines = (words @ words.T).toarray()
    kept: list[int] = []
    for number in range(len(items)):
        if not (cosines[number, kept] >= _SAME).any():
            kept.append(number)
    return items[kept]


def explained(
    catalog: catalog_lib.Catalog,
    history: Sequence[int],
    near: np.ndarray,
    item: int,
) -> Match:
    """An article with the most similar one of the history, and the words that
    both have, by the product of their TF-IDF weights."""
    cosines = catalog.embeddings[list(history)] @ catalog.embeddings[item]
    best = int(cosines.argmax())
    shared = catalog.words[item].multiply(catalog.words[history[best]])
    shared = shared.tocsr()
    order = np.argsort(-shared.data, kind="stable")[:_WORDS]
    return Match(
        item,
        float(near[item]),
        int(history[best]),
        float(cosines[best]),
        catalog.vocabulary[shared.indices[order]].tolist(),
    )
