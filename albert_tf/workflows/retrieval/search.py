"""albert_tf.search: the documents of an index that answer queries."""

import json
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval import search as search_lib
from albert_tf.retrieval import store as store_lib
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.retrieval.indexes import qdrant
from albert_tf.workflows.configs.retrieval import search as search_config
from albert_tf.workflows.retrieval import documents as documents_files
from albert_tf.workflows.retrieval import evaluation
from albert_tf.workflows.retrieval import searcher as searcher_lib
from data_pipeline.io import aligned_table
from data_pipeline.io import files
from data_pipeline.io import outputs

# Queries that are searched at once.
_AT_ONCE = 1024
_CELL = 60


class Answer(NamedTuple):
    """What was found for a query.

    Attributes:
        id: of the query; its number, from 0, if it has none.
        query: its text.
        hits: the documents, the best first.
    """

    id: str
    query: str
    hits: list[search_lib.Hit]

    def as_json(self) -> dict[str, Any]:
        """The answer as values for JSON."""
        return {
            "id": self.id,
            "query": self.query,
            "hits": [hit._asdict() for hit in self.hits],
        }


class SearchResult(NamedTuple):
    """The output of a search.

    Attributes:
        answers: one for each query; () if they were written to a file, or if
            rankings were evaluated.
        path: the file of answers; None if there is none.
        evaluation: the rankings side by side; None if there are no judgments.
        report: the same as lines of text: tables, or JSON.
    """

    answers: Sequence[Answer]
    path: str | None
    evaluation: evaluation.Evaluation | None
    report: str


def search(
    config: search_config.SearchConfig,
    *,
    embedder: embedders.Embedder | None = None,
) -> SearchResult:
    """Finds the documents of an index that answer queries.

    Args:
        config: the index, the queries, and how to search.
        embedder: a model in memory, in place of the one that the config or
            the index names.
    Returns:
        What was found for each query; or, with `queries`, the metrics of each
        ranking.
    Raises:
        FileNotFoundError: there is no such index or file.
        ValueError: the model is not the one that made the index, or a query
            is empty, or judgments are malformed.
        ImportError: faiss, bm25s, ir_measures or qdrant_client is not
            installed.

    Example:
        >>> import pathlib
        >>> _ = pathlib.Path("faq.csv").write_text(
        ...     "id,text\\npay,How do I pay my bill?\\nlost,I lost my card."
        ... )
        >>> config = albert_tf.IndexConfig(index="faq", documents="faq.csv")
        >>> _ = albert_tf.index(config)
        >>> config = albert_tf.SearchConfig(index="faq", text=("lost card",))
        >>> [hit.id for hit in albert_tf.search(config).answers[0].hits]
        ['lost']
    """
    _check(config)
    if config.output:
        outputs.check_new(config.output, "--output")
    store: store_lib.Store
    if config.url is not None:
        store = qdrant.Collection(qdrant.connect(config.url), config.index)
    else:
        store = index_lib.Index(config.index)
    searcher = searcher_lib.of_store(
        store,
        embedder or config.model,
        config.reranker,
        config.rerank_depth,
        config.query_prompt,
    )
    if config.queries is not None:
        found = evaluation.evaluate(config, searcher)
        return SearchResult((), None, found, found.report)
    queries = _queries(config)
    if config.output is None:
        answers = _answers(config, searcher, queries)
        shown = map(_line, answers) if config.json else map(_table, answers)
        gap = "\n" if config.json else "\n\n"
        return SearchResult(answers, None, None, gap.join(shown))
    with files.whole(config.output) as file:
        for start in range(0, len(queries), _AT_ONCE):
            part = queries[start : start + _AT_ONCE]
            for answer in _answers(config, searcher, part):
                file.write(_line(answer).encode() + b"\n")
    return SearchResult((), config.output, None, f"Answers: {config.output}")


def _check(config: search_config.SearchConfig) -> None:
    given = [
        f"--{name}" if name != "file" else str(config.file)
        for name in ("file", "text", "queries")
        if getattr(config, name)
    ]
    if len(given) != 1:
        raise ValueError(
            "Queries must be given in one way: a FILE, --text, or --queries "
            f"with a folder. Received: {', '.join(given) or 'none of them'}."
        )


def _queries(
    config: search_config.SearchConfig,
) -> list[documents_lib.Document]:
    if config.text:
        return [
            documents_lib.Document(str(number), text)
            for number, text in enumerate(config.text)
        ]
    columns = documents_files.Columns(config.text_column, config.id_column)
    return list(documents_files.rows(config.file or "", columns))


def _answers(
    config: search_config.SearchConfig,
    searcher: searcher_lib.Searcher,
    queries: Sequence[documents_lib.Document],
) -> list[Answer]:
    texts = [query.text for query in queries]
    found = searcher(texts, config.top_k, lexical=config.lexical)
    return [
        Answer(query.id, query.text, hits)
        for query, hits in zip(queries, found, strict=True)
    ]


def _line(answer: Answer) -> str:
    return json.dumps(answer.as_json(), ensure_ascii=False)


def _table(answer: Answer) -> str:
    if not answer.hits:
        return f"{answer.query}\n  nothing found"
    names = list(answer.hits[0].scores)
    rows = [
        [
            hit.id,
            *(
                f"{hit.scores[name]:.4f}" if name in hit.scores else ""
                for name in names
            ),
            f"{hit.title} {hit.text}".strip(),
        ]
        for hit in answer.hits
    ]
    header = ["document", *names, "text"]
    return f"{answer.query}\n{aligned_table.text(header, rows, _CELL)}"
