"""albert_tf.searcher: an index that answers queries."""

import os
from collections.abc import Sequence
from typing import overload

from albert_tf.retrieval import embedders
from albert_tf.retrieval import search
from albert_tf.retrieval import store as store_lib
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.workflows.retrieval import models

_RERANK_DEPTH = 50


class Searcher:
    """An index that answers queries. Make one with `albert_tf.searcher`.

    Attributes:
        store: the index; `len(searcher.store)` is its number of documents.
        embedder: the model of queries; None for an index of words only.

    Example:
        >>> searcher = albert_tf.searcher("faq")  # doctest: +SKIP
        >>> searcher("How do I pay?", top_k=1)[0].id  # doctest: +SKIP
        'pay'
    """

    def __init__(
        self,
        store: store_lib.Store,
        embedder: embedders.Embedder | None,
        rerank: search.Score | None = None,
        query_prompt: str | None = None,
        rerank_depth: int = _RERANK_DEPTH,
    ) -> None:
        if embedder is not None:
            embedders.check(
                embedder, store.model, store.fingerprint, store.size
            )
        self.store, self.embedder = store, embedder
        self._rerank, self._prompt = rerank, query_prompt
        self._depth = rerank_depth

    @overload
    def __call__(
        self, queries: str, top_k: int = ..., *, lexical: bool = ...
    ) -> list[search.Hit]: ...

    @overload
    def __call__(
        self, queries: list[str], top_k: int = ..., *, lexical: bool = ...
    ) -> list[list[search.Hit]]: ...

    def __call__(
        self,
        queries: str | Sequence[str],
        top_k: int = 10,
        *,
        lexical: bool = False,
    ) -> list[search.Hit] | list[list[search.Hit]]:
        """The documents that answer a query, or several.

        Args:
            queries: a text, or a list of texts.
            top_k: how many documents to find; all, if there are fewer.
            lexical: whether to fuse the ranking by embeddings with that by
                BM25. An index without embeddings always uses BM25.
        Returns:
            For one query a list of `Hit`, the best first; for several, a list
            of such lists.
        Raises:
            ValueError: a query is empty, or the index cannot be searched so.

        Example:
            >>> searcher = albert_tf.searcher("faq")  # doctest: +SKIP
            >>> [hit.id for hit in searcher("my card")]  # doctest: +SKIP
            ['lost', 'pay', 'bill']
        """
        several = [queries] if isinstance(queries, str) else list(queries)
        found = self._found(several, top_k, lexical, top_k)
        hits = search.hits(self.store, found, top_k)
        return hits[0] if isinstance(queries, str) else hits

    def rankings(
        self, queries: Sequence[str], k: int, *, lexical: bool = False
    ) -> search.Rankings:
        """Each ranking of documents for queries, by name.

        Args:
            queries: Q texts.
            k: number of documents of a ranking.
            lexical: as for a call.
        Returns:
            Q rankings of (id, score) for each of "embedding", "bm25", "fused"
            and "reranked" that there are.
        Raises:
            ValueError: as for a call.
        """
        return self._found(queries, k, lexical, 0)

    def _found(
        self, queries: Sequence[str], k: int, lexical: bool, shown: int
    ) -> search.Rankings:
        """The rankings; at least `shown` documents are fused and reranked."""
        check(queries, k)
        found = search.rankings(
            self.store,
            queries,
            k,
            embedder=self.embedder,
            prompt=self._prompt,
            lexical=lexical or self.embedder is None,
            fused_depth=max(shown, search.FUSED_DEPTH),
        )
        if self._rerank is not None:
            found[search.RERANKED] = search.reranked(
                self.store,
                queries,
                found[search.last(found)],
                self._rerank,
                max(shown, self._depth),
            )
        return found


def check(queries: Sequence[str], k: int) -> None:
    """Raises ValueError if a query is empty, or k is not a positive int."""
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(
            f"`top_k` must be a whole number of at least 1. Received: {k!r}."
        )
    for number, query in enumerate(queries):
        if not isinstance(query, str) or not query.strip():
            raise ValueError(
                "Each query must be a non-empty string. Received: "
                f"{query!r:.60}, query {number} (counted from 0). Leave it out."
            )


def searcher(
    index: str | os.PathLike,
    *,
    embedder: embedders.Embedder | str | None = None,
    reranker: str | None = None,
    rerank_depth: int = _RERANK_DEPTH,
    query_prompt: str | None = None,
) -> Searcher:
    """Opens an index to answer queries.

    Args:
        index: the folder that `albert_tf.index` wrote.
        embedder: the model that made the index, or its name. Default: the name
            that the index has.
        reranker: name of a model of pairs that puts the first documents in
            order: one for regression, or for two classes of which the second
            means relevant.
        rerank_depth: how many documents of a query the reranker scores.
        query_prompt: the model's prompt for queries: a name that it knows, or
            the text itself.
    Returns:
        A `Searcher`, a function of queries.
    Raises:
        FileNotFoundError: the folder holds no index, or there is no such
            model.
        ValueError: the model is not the one that made the index, or the
            reranker does not read pairs.

    Example:
        >>> import pathlib
        >>> _ = pathlib.Path("faq.csv").write_text(
        ...     "id,text\\npay,How do I pay my bill?\\nlost,I lost my card."
        ... )
        >>> config = albert_tf.IndexConfig(index="faq", documents="faq.csv")
        >>> _ = albert_tf.index(config)
        >>> searcher = albert_tf.searcher("faq")
        >>> searcher("my card is lost")[0].id
        'lost'
    """
    store = index_lib.Index(os.fspath(index))
    return of_store(store, embedder, reranker, rerank_depth, query_prompt)


def of_store(
    store: store_lib.Store,
    embedder: embedders.Embedder | str | None,
    reranker: str | None,
    rerank_depth: int,
    query_prompt: str | None,
) -> Searcher:
    """A `Searcher` of an index that is open; args as for `searcher`."""
    if isinstance(embedder, str):
        embedder = models.embedder(embedder)
    elif embedder is None and store.model is not None:
        try:
            embedder = models.embedder(store.model)
        except (OSError, ValueError) as error:
            raise type(error)(
                f"{error} The index names this model; if it lies elsewhere "
                "now, name it with --model."
            ) from None
    rerank = None if reranker is None else models.reranker(reranker)
    return Searcher(store, embedder, rerank, query_prompt, rerank_depth)
