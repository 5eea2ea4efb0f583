"""Searches an index: by embeddings, by words, fused, and reranked."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval import fusion
from albert_tf.retrieval import store as store_lib

# Names of rankings.
EMBEDDING, LEXICAL, FUSED = "embedding", "bm25", "fused"
RERANKED = "reranked"
# Documents of each ranking that are fused, unless more are asked for.
FUSED_DEPTH = 100
# Pairs of a query and a text to scores; larger is better.
Score = Callable[[Sequence[tuple[str, str]]], Sequence[float]]
Rankings = dict[str, list[store_lib.Ranking]]


class Hit(NamedTuple):
    """A document that was found.

    Attributes:
        id: its name in the index.
        score: by which hits are ordered, larger first: a cosine, a BM25 score,
            a sum of reciprocal ranks, or what a reranker says.
        text: what it says.
        title: its heading; "" for none.
        metadata: its other values by name.
        scores: the score of each ranking that found it, by name: "embedding",
            "bm25", "fused", "reranked".
    """

    id: str
    score: float
    text: str
    title: str
    metadata: Mapping[str, Any]
    scores: Mapping[str, float]


def rankings(
    store: store_lib.Store,
    queries: Sequence[str],
    k: int,
    *,
    embedder: embedders.Embedder | None,
    prompt: str | None = None,
    lexical: bool,
    fused_depth: int = FUSED_DEPTH,
) -> Rankings:
    """The rankings of an index for queries.

    Args:
        store: the index.
        queries: Q texts.
        k: how many documents to find.
        embedder: the model of the index; None for none.
        prompt: the name of the model's prompt for queries.
        lexical: whether to search by words, too.
        fused_depth: how many documents of each ranking are fused.
    Returns:
        Q rankings by name; FUSED among them if there are two others.
    """
    found: Rankings = {}
    both = embedder is not None and lexical
    depth = max(k, fused_depth) if both else k
    if embedder is not None:
        vectors = embedder.encode(queries, progress=False, prompt=prompt)
        found[EMBEDDING] = store.nearest(vectors, depth)
    if lexical:
        found[LEXICAL] = store.lexical(queries, depth)
    if both:
        found[FUSED] = [
            [
                store_lib.Scored(id, score)
                for id, score in fusion.reciprocal_rank(
                    [
                        [each.id for each in ranking[:fused_depth]]
                        for ranking in pair
                    ]
                )
            ]
            for pair in zip(found[EMBEDDING], found[LEXICAL], strict=True)
        ]
    return found


def last(found: Rankings) -> str:
    """The name of the ranking that decides."""
    return next(
        name for name in (RERANKED, FUSED, EMBEDDING, LEXICAL) if name in found
    )


def reranked(
    store: store_lib.Store,
    queries: Sequence[str],
    ranked: Sequence[store_lib.Ranking],
    score: Score,
    depth: int,
) -> list[store_lib.Ranking]:
    """The first documents of each ranking in the order of a model of pairs.

    Args:
        store: has the documents.
        queries: Q texts.
        ranked: a ranking for each.
        score: scores pairs of a query and a document.
        depth: how many documents of each ranking are scored. The others
            follow in their order, with lower and lower scores.
    """
    heads = [[each.id for each in ranking[:depth]] for ranking in ranked]
    pairs = [
        (query, document.content)
        for query, ids in zip(queries, heads, strict=True)
        for document in store.documents(ids)
    ]
    scores = iter(score(pairs) if pairs else ())
    return [
        _joined(
            sorted(
                (store_lib.Scored(id, next(scores)) for id in ids),
                key=lambda each: -each.score,
            ),
            ranking[depth:],
        )
        for ids, ranking in zip(heads, ranked, strict=True)
    ]


def _joined(
    head: store_lib.Ranking, rest: store_lib.Ranking
) -> store_lib.Ranking:
    return head + [
        store_lib.Scored(each.id, head[-1].score - place)
        for place, each in enumerate(rest, start=1)
    ]


def hits(store: store_lib.Store, found: Rankings, k: int) -> list[list[Hit]]:
    """The best documents of the ranking that decides, for each query."""
    rows = []
    for number, ranking in enumerate(found[last(found)]):
        best = ranking[:k]
        scores = {
            name: {each.id: each.score for each in ranked[number]}
            for name, ranked in found.items()
        }
        documents = store.documents([each.id for each in best])
        rows.append(
            [
                _hit(document, each.score, scores)
                for document, each in zip(documents, best, strict=True)
            ]
        )
    return rows


def _hit(
    document: documents_lib.Document,
    score: float,
    scores: Mapping[str, Mapping[str, float]],
) -> Hit:
    return Hit(
        document.id,
        score,
        document.text,
        document.title,
        document.metadata,
        {
            name: by_id[document.id]
            for name, by_id in scores.items()
            if document.id in by_id
        },
    )
