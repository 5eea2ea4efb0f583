r"""Scores embeddings by the documents that they find for queries.

    python -m benchmarks.embeddings.retrieval --beir_dir=cranfield \
        --embedders=run,pretrained

prints nDCG@10 with its bootstrap interval, MRR@10, MAP@100 and recall@100 of
BM25, TF-IDF, each model alone and each fused with BM25 by reciprocal rank.
--beir_dir has BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv.
"""

import argparse

import numpy as np

from albert_tf.embedding import vectors
from benchmarks.embeddings import baselines
from benchmarks.embeddings import rankings
from benchmarks.embeddings import tables
from tools import options

_HEAD = ("nDCG@10", "95%", "MRR@10", "MAP@100", "recall@100")


def main(arguments: argparse.Namespace) -> None:
    collection = rankings.read(arguments.beir_dir, fields=arguments.fields)
    makers = {"TF-IDF": baselines.TfIdf, **tables.makers(arguments.embedders)}
    by_words = baselines.Bm25(collection.documents).scores(collection.queries)
    found = {"BM25": by_words}
    for name, maker in makers.items():
        alone = by_meaning(maker, collection)
        found[name] = alone
        found[f"{name} + BM25"] = rankings.fused(alone, by_words)
    rows = {
        name: rankings.measured(collection, scores)
        for name, scores in found.items()
    }
    print(tables.markdown(f"{len(collection.queries)} queries", _HEAD, rows))


def by_meaning(
    maker: baselines.Maker, collection: rankings.Collection
) -> np.ndarray:
    """Cosines of queries and documents, [Q, M]."""
    embedder = maker(collection.documents)
    queries = vectors.unit(embedder.encode(collection.queries))
    return queries @ vectors.unit(embedder.encode(collection.documents)).T


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument(
        "--beir_dir", required=True, help="Folder in BEIR's layout."
    )
    parser.add_argument(
        "--fields",
        type=options.names,
        default="title,text",
        help="What makes up a document.",
    )
    parser.add_argument(
        "--embedders",
        type=options.names,
        default=[],
        help="Runs, exports or names of embedding models.",
    )
    options.run(main, parser)
