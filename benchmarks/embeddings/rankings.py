"""Rankings of all documents of a small corpus, and how good they are."""

import csv
import dataclasses
import json
import os
from collections.abc import Sequence

import ir_measures
import numpy as np

from benchmarks.embeddings import bootstrap

MEASURES = (
    ir_measures.nDCG @ 10,
    ir_measures.RR @ 10,
    ir_measures.AP,
    ir_measures.R @ 100,
)
# Of reciprocal rank fusion: the higher, the less the first ranks count.
_SMOOTHING = 60


@dataclasses.dataclass(frozen=True)
class Collection:
    """Documents and queries with judgments.

    Attributes:
        documents: M texts, title and text.
        document_ids: M names.
        queries: Q texts; those with judgments.
        query_ids: Q names.
        judgments: lists of query, document and grade.
    """

    documents: list[str]
    document_ids: list[str]
    queries: list[str]
    query_ids: list[str]
    judgments: list[ir_measures.Qrel]


def read(
    folder: str,
    split: str = "test",
    fields: Sequence[str] = ("title", "text"),
) -> Collection:
    """Reads BEIR's layout: corpus.jsonl, queries.jsonl, qrels/<split>.tsv.

    Args:
        folder, split: where.
        fields: what makes up a document.
    """
    corpus = documents(folder)
    queries = {
        row["_id"]: row["text"]
        for row in _json_lines(os.path.join(folder, "queries.jsonl"))
    }
    path = os.path.join(folder, "qrels", f"{split}.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        judgments = [
            ir_measures.Qrel(
                row["query-id"], row["corpus-id"], int(row["score"])
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]
    judged = sorted({judgment.query_id for judgment in judgments})
    return Collection(
        documents=[
            " ".join(row[field] for field in fields).strip() for row in corpus
        ],
        document_ids=[row["_id"] for row in corpus],
        queries=[queries[name] for name in judged],
        query_ids=judged,
        judgments=judgments,
    )


def documents(folder: str) -> list[dict[str, str]]:
    """Rows with _id, title and text."""
    return _json_lines(os.path.join(folder, "corpus.jsonl"))


def fused(*scores: np.ndarray) -> np.ndarray:
    """Reciprocal rank fusion of several rankings.

    Args:
        scores: [Q, M] each.
    Returns:
        float [Q, M].
    Source: Cormack et al. 2009, "Reciprocal Rank Fusion outperforms
        Condorcet and individual Rank Learning Methods".
    """
    return sum(1 / (_SMOOTHING + ranks(values)) for values in scores)


def ranks(scores: np.ndarray) -> np.ndarray:
    """The place of each document, from 1, [Q, M]."""
    order = np.argsort(-scores, axis=1, kind="stable")
    found = np.empty_like(order)
    places = np.arange(1, scores.shape[1] + 1)
    np.put_along_axis(found, order, places[None], axis=1)
    return found


def measured(collection: Collection, scores: np.ndarray) -> list:
    """The means of MEASURES over the queries; the first with its interval."""
    run = []
    for query, row in zip(collection.query_ids, scores, strict=True):
        best = np.argsort(-row, kind="stable")[:100]
        run += [
            # Places as scores, so that ties keep this order.
            ir_measures.ScoredDoc(query, collection.document_ids[i], -place)
            for place, i in enumerate(best)
        ]
    values: dict = {measure: [] for measure in MEASURES}
    for metric in ir_measures.iter_calc(MEASURES, collection.judgments, run):
        values[metric.measure].append(metric.value)
    first = np.array(values[MEASURES[0]])
    interval = bootstrap.interval(
        [len(first)], lambda places: float(first[places[0]].mean())
    )
    means = [float(np.mean(found)) for found in values.values()]
    return [means[0], interval, *means[1:]]


def _json_lines(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
