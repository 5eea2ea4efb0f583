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
        score: its similarity to the profile.
        because: the number of the article in the history that it is most like.
        cosine: its similarity to that.
        words: words in both, those that are rare and frequent here first.
    """

    item: int
    score: float
    because: int
    cosine: float
    words: list[str]


def similarity(
    catalog: catalog_lib.Catalog, rows: Sequence[int], words: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cosines of all articles with some of them.

    Args:
        catalog: N articles.
        rows: numbers of H articles.
        words: weight of the words, from 0 to 1.
    Returns:
        float [N, H]: by embeddings, by TF-IDF, and their weighted mean.
    """
    own = list(rows)
    by_meaning = catalog.embeddings @ catalog.embeddings[own].T
    by_words = (catalog.words @ catalog.words[own].T).toarray()
    return by_meaning, by_words, (1 - words) * by_meaning + words * by_words


def scores(
    parts: tuple[np.ndarray, np.ndarray, np.ndarray],
    rows: Sequence[int],
    profile: str,
    words: float,
) -> np.ndarray:
    """How near each article is to those that a reader read.

    Args:
        parts: of `similarity`.
        rows: numbers of the articles read.
        profile: MEAN for the cosines with the mean of their vectors, NEAREST
            for the largest cosine with any of them.
        words: weight of the words.
    Returns:
        float [N].
    """
    by_meaning, by_words, both = parts
    if profile == NEAREST:
        return both.max(axis=1)
    return (1 - words) * _with_mean(by_meaning, rows) + words * _with_mean(
        by_words, rows
    )


def _with_mean(cosines: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """Cosines with the mean of vectors, by those with each of them."""
    length = np.sqrt(max(float(cosines[list(rows)].mean()), 1e-12))
    return cosines.mean(axis=1) / length


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
    profile: str = MEAN,
    last: int = 10,
    diversity: float = 0.1,
    words: float = 0.7,
    allowed: np.ndarray | None = None,
) -> list[Match]:
    """Recommends articles to a reader.

    Args:
        catalog: the articles.
        history: numbers of articles, the last one read at the end.
        count: how many to recommend.
        profile, words: as for `scores`.
        last: how many of the history count, from its end.
        diversity: as for `diverse`.
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
    rows = list(history)
    parts = similarity(catalog, rows, words)
    is_free = parts[1].max(axis=1) < _SAME
    is_free[rows] = False
    if allowed is not None:
        is_free &= allowed
    # The words of the whole history tell what is a repetition; its end counts.
    rows, parts = rows[-last:], tuple(part[:, -last:] for part in parts)
    near = scores(parts, rows, profile, words)
    candidates = np.flatnonzero(is_free)
    order = candidates[np.argsort(-near[candidates], kind="stable")]
    unlike = different(catalog, order[: count * _CANDIDATES])
    chosen = diverse(catalog.embeddings, near, unlike, count, diversity)
    return [explained(catalog, rows, near, parts[2], item) for item in chosen]


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
    cosines: np.ndarray,
    item: int,
) -> Match:
    """An article with the most similar one of the history, and the words that
    both have, by the product of their TF-IDF weights."""
    best = int(cosines[item].argmax())
    shared = catalog.words[item].multiply(catalog.words[history[best]])
    shared = shared.tocsr()
    order = np.argsort(-shared.data, kind="stable")[:_WORDS]
    return Match(
        item,
        float(near[item]),
        int(history[best]),
        float(cosines[item, best]),
        catalog.vocabulary[shared.indices[order]].tolist(),
    )
