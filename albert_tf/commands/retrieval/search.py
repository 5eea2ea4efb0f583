"""Finds the documents of an index that answer queries.

    albert-tf search faq --text="How do I pay?"
    albert-tf search faq questions.csv --output=answers.jsonl
    albert-tf search faq --text="How do I pay?" --lexical --reranker=pairs_run
    albert-tf search faq --queries=beir_folder --split=test

The first command prints the nearest documents by the embedding model of the
index, with their cosines. --lexical fuses this ranking with that of BM25, by
reciprocal rank; --reranker puts the first documents in the order of a model of
pairs. The last command evaluates BM25, embeddings, both fused and reranked side
by side on queries with judgments: nDCG@10, MRR@10, MAP and recall, with 95%
bootstrap intervals.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs.retrieval import search
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.retrieval.search import SearchResult

# Shown before all others by --help.
_FIRST = ("text", "top_k", "lexical", "reranker", "queries", "output", "json")


def run() -> None:
    config_flags.run(
        search.SearchConfig,
        "albert_tf.workflows.retrieval.search:search",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "SearchResult") -> None:
    print(result.report)
