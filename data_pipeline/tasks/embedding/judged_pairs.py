"""Queries with their relevant documents, from BEIR's layout.

    queries.jsonl          {"_id": "q1", "text": "..."} on each line
    corpus.jsonl           {"_id": "d1", "title": "...", "text": "..."}
    qrels/train.tsv        query-id, corpus-id and score, with a header

Source: Thakur et al. 2021, "BEIR: A heterogeneous benchmark for zero-shot
evaluation of information retrieval models".
"""

import os
from collections.abc import Iterable

from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import json_rows

_QUERIES, _CORPUS = "queries.jsonl", "corpus.jsonl"


def pairs(
    path: str, judgments: Iterable[tuple[str, str, float]]
) -> list[tuple[str, str]]:
    """(query, document) for each judgment above 0, in order.

    A document is its title, a space and its text. Documents without either are
    left out.

    Args:
        path: the file of judgments; the other two files are in the folder
            above its own.
        judgments: (id of a query, id of a document, score).
    Raises:
        FileNotFoundError: one of the files is missing.
        ValueError: a judged query or document is in neither.
    """
    relevant = [(query, doc) for query, doc, score in judgments if score > 0]
    folder = os.path.dirname(os.path.dirname(os.path.abspath(path)))
    queries = _texts(folder, _QUERIES, {query for query, _ in relevant}, path)
    documents = _texts(folder, _CORPUS, {doc for _, doc in relevant}, path)
    return [
        (queries[query], documents[doc])
        for query, doc in relevant
        if queries[query] and documents[doc]
    ]


def _texts(
    folder: str, name: str, wanted: set[str], judgments: str
) -> dict[str, str]:
    """The texts of the wanted ids in a file."""
    path = os.path.join(folder, name)
    if not files.exists(path):
        raise FileNotFoundError(
            f"Judgments in BEIR's layout must have {name} in the folder above "
            f"theirs. Received: {judgments}, and no {path}."
        )
    found: dict[str, str] = {}
    for _, row in json_rows.rows(path, row_problems.Problems("stop")):
        if row is None or str(row.get("_id")) not in wanted:
            continue
        parts = (str(row.get(key) or "").strip() for key in ("title", "text"))
        found[str(row["_id"])] = " ".join(filter(None, parts))
    missing = sorted(wanted - set(found))
    if missing:
        raise ValueError(
            f"Each judged id must be in {name}. Received: {judgments} with "
            f"{len(missing)} that are not in {path}, such as {missing[0]!r}."
        )
    return found
