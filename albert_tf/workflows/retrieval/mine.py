"""albert_tf.mine: hard negatives from an index, for training."""

import contextlib
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from absl import logging

import albert_tf
from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval import mining
from albert_tf.retrieval import search
from albert_tf.retrieval import vectors as vectors_lib
from albert_tf.retrieval.indexes import building
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.workflows.configs.retrieval import mine as mine_config
from albert_tf.workflows.retrieval import mined_rows
from albert_tf.workflows.retrieval import positives as positives_lib
from albert_tf.workflows.retrieval import searcher as searcher_lib
from data_pipeline.io import outputs
from data_pipeline.io import progress

# Queries that are searched at once.
_AT_ONCE = 256


class MineResult(NamedTuple):
    """The output of mining.

    Attributes:
        output: the file that was written.
        rows: how many rows it has.
        num_queries: how many pairs of a query and a positive were given.
        left_out: how many of them are not in the file, since too few
            negatives were found.
    """

    output: str
    rows: int
    num_queries: int
    left_out: int


def mine(
    config: mine_config.MineConfig,
    *,
    embedder: embedders.Embedder | None = None,
) -> MineResult:
    """Finds hard negatives: the highest-ranked texts that are no positives.

    Args:
        config: the queries with their positives, and the index.
        embedder: a model in memory, in place of the one that the config or
            the index names.
    Returns:
        What was written.
    Raises:
        FileExistsError: the output exists.
        FileNotFoundError: there is no such file or index.
        ValueError: the data are malformed, or no negative was found.

    Example:
        >>> import pathlib
        >>> _ = pathlib.Path("pairs.csv").write_text(
        ...     "text,positive\\nlost card,I lost my card.\\n"
        ...     "pay a bill,How do I pay my bill?\\n"
        ...     "new card,When will my new card arrive?"
        ... )
        >>> config = albert_tf.MineConfig(
        ...     data="pairs.csv", output="triplets.jsonl", num_negatives=1
        ... )
        >>> albert_tf.mine(config).rows
        2
    """
    mined_rows.check(config.output)
    outputs.check_new(config.output, "--output")
    if config.range_max < config.range_min:
        raise ValueError(
            "--range_max must be at least --range_min. Received: "
            f"{config.range_max} and {config.range_min}."
        )
    with _index(config) as store:
        known = positives_lib.read(config, store)
        searcher = searcher_lib.of_store(
            store, embedder or config.model, None, 1, config.query_prompt
        )
        return _mined(config, searcher, known)


@contextlib.contextmanager
def _index(config: mine_config.MineConfig) -> Iterator[index_lib.Index]:
    if config.index is not None:
        yield index_lib.Index(config.index)
        return
    with tempfile.TemporaryDirectory(prefix="albert_tf_bm25_") as folder:
        building.create(
            folder,
            positives_lib.documents(config),
            version=albert_tf.__version__,
        )
        yield index_lib.Index(folder)


def _mined(
    config: mine_config.MineConfig,
    searcher: searcher_lib.Searcher,
    known: Mapping[str, list[str]],
) -> MineResult:
    pairs = sum(map(len, known.values()))
    rows = left_out = 0
    queries = list(known)
    with (
        mined_rows.Writer(
            config.output, config.format, config.num_negatives
        ) as writer,
        progress.Progress("queries", len(queries)) as bar,
    ):
        for start in range(0, len(queries), _AT_ONCE):
            part = queries[start : start + _AT_ONCE]
            for query, positive, negatives in _of_queries(
                config, searcher, {query: known[query] for query in part}
            ):
                written = writer.write(query, positive, negatives)
                rows += written
                left_out += not written
            bar.update(len(part))
        if not rows:
            raise ValueError(
                "At least one query must have a hard negative. Received: "
                f"{pairs:,} pairs, of which none has. Raise "
                "--max_relative_score or --range_max, or mine in a larger "
                "index."
            )
    if left_out:
        least = (
            config.num_negatives if config.format == mine_config.TRIPLETS else 1
        )
        logging.warning(
            "%d of the %d pairs are left out, since fewer than %d negatives "
            "were found for them.",
            left_out,
            pairs,
            least,
        )
    return MineResult(config.output, rows, pairs, left_out)


def _of_queries(
    config: mine_config.MineConfig,
    searcher: searcher_lib.Searcher,
    known: Mapping[str, list[str]],
) -> Iterator[tuple[str, str, list[str]]]:
    """Yields each query with each of its positives, and its negatives."""
    queries, store = list(known), searcher.store
    limits = mining.Limits(
        config.num_negatives,
        config.range_min,
        config.range_max,
        config.max_relative_score,
    )
    found = searcher.rankings(queries, config.range_max, lexical=config.lexical)
    vectors = _vectors(config, searcher, queries)
    for number, ranking in enumerate(found[search.last(found)]):
        query = queries[number]
        ids = [each.id for each in ranking[: config.range_max]]
        documents = store.documents(ids)
        cosines = _cosines(searcher, documents, vectors, number)
        candidates = [
            mining.Candidate(document.content, cosine)
            for document, cosine in zip(documents, cosines, strict=True)
        ]
        own = known[query]
        for positive, cosine in zip(
            own, _of_texts(searcher, own, vectors, number), strict=True
        ):
            yield (
                query,
                positive,
                mining.negatives(candidates, query, own, cosine, limits),
            )


def _vectors(
    config: mine_config.MineConfig,
    searcher: searcher_lib.Searcher,
    queries: list[str],
) -> np.ndarray | None:
    """The vectors of queries; None for an index of words only."""
    if searcher.embedder is None:
        return None
    return vectors_lib.scaled(
        searcher.embedder.encode(
            queries, progress=False, prompt=config.query_prompt
        )
    )


def _cosines(
    searcher: searcher_lib.Searcher,
    documents: list[documents_lib.Document],
    vectors: np.ndarray | None,
    number: int,
) -> list[float] | list[None]:
    if vectors is None or not documents:
        return [None] * len(documents)
    stored = searcher.store.vectors([document.id for document in documents])
    return (stored @ vectors[number]).tolist()


def _of_texts(
    searcher: searcher_lib.Searcher,
    texts: list[str],
    vectors: np.ndarray | None,
    number: int,
) -> list[float] | list[None]:
    if vectors is None or searcher.embedder is None:
        return [None] * len(texts)
    found = searcher.embedder.encode(
        texts, progress=False, prompt=searcher.store.prompt
    )
    return (vectors_lib.scaled(found) @ vectors[number]).tolist()
