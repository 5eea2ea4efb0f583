"""The settings of albert-tf search."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchConfig(config.Config):
    """A search in an index, or its evaluation on queries with judgments.

    Example:
        >>> config = albert_tf.SearchConfig(
        ...     index="faq", text=("How do I pay?",), lexical=True
        ... )
        >>> config.top_k
        10
    """

    index: str = setting(
        None,
        "Folder of the index; with --url, name of the collection.",
        is_argument=True,
        is_required=True,
    )
    file: str | None = setting(
        None,
        "File with a query in each row, .csv, .tsv, .jsonl, .parquet, or .txt "
        "with one on each line.",
        is_argument=True,
    )
    text: tuple[str, ...] | None = setting(
        None,
        "Query, instead of a file. May be given several times.",
        section="Search",
        is_repeated=True,
    )
    top_k: int = setting(
        10,
        "Number of documents to find for each query.",
        section="Search",
        minimum=1,
    )
    lexical: bool = setting(
        False,
        "Whether to fuse the ranking by embeddings with that by BM25, by "
        "reciprocal rank.",
        section="Search",
    )
    model: str | None = setting(
        None,
        "Embedding model of the queries. If left out, the one that the index "
        "names. It must be the one that made the index.",
        section="Search",
        is_weights=True,
    )
    query_prompt: str | None = setting(
        None,
        "Prompt of the model to put before each query: a name that the model "
        "knows, or the text itself.",
        section="Search",
    )
    reranker: str | None = setting(
        None,
        "Model of pairs, for classification with two labels or regression, "
        "that puts the first documents in order.",
        section="Search",
        is_weights=True,
    )
    rerank_depth: int = setting(
        50,
        "Number of documents for each query that --reranker scores.",
        section="Search",
        minimum=1,
    )
    output: str | None = setting(
        None,
        "File to write, .jsonl: a line for each query. If left out, a table "
        "is printed.",
        section="Search",
    )
    json: bool = setting(
        False,
        "Whether to print JSON lines instead of a table.",
        section="Search",
    )
    text_column: str = setting(
        "text",
        "Column of the query in a file.",
        section="Search",
    )
    id_column: str | None = setting(
        None,
        "Column of the query's id. If left out: _id or id, where there is "
        "such a column, or the number of the row, from 0.",
        section="Search",
    )
    url: str | None = setting(
        None,
        "Address of a Qdrant server, such as http://localhost:6333, that "
        "holds the index as a collection.",
        section="Search",
    )
    queries: str | None = setting(
        None,
        "Folder in BEIR's layout, with queries.jsonl and qrels/SPLIT.tsv: "
        "evaluates the rankings side by side instead of printing documents.",
        section="Evaluation",
    )
    split: str = setting(
        "test",
        "Name of the judgments in the folder of --queries.",
        section="Evaluation",
    )
    run_dir: str | None = setting(
        None,
        "Folder in which to write a run file in TREC's format for each "
        "ranking, and metrics.json.",
        section="Evaluation",
    )
    resamples: int = setting(
        1000,
        "Number of bootstrap samples for the 95% intervals.",
        section="Evaluation",
        minimum=100,
    )
