"""Queries and judgments in BEIR's layout.

    queries.jsonl          {"_id": "q1", "text": "..."} on each line
    qrels/test.tsv         query-id, corpus-id and score, with a header
    corpus.jsonl           {"_id": "d1", "title": "...", "text": "..."}

Source: Thakur et al. 2021, "BEIR: A heterogeneous benchmark for zero-shot
evaluation of information retrieval models".
"""

import os
from collections.abc import Callable
from collections.abc import Sequence
from typing import NamedTuple

from absl import logging

from albert_tf.retrieval import documents as documents_lib
from albert_tf.workflows.retrieval import documents as documents_files
from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import delimited

_QUERIES, _JUDGMENTS = "queries.jsonl", "qrels"
_COLUMNS = ("query-id", "corpus-id", "score")


class Queries(NamedTuple):
    """Queries with judgments.

    Attributes:
        texts: by id of the query; only those with judgments.
        judgments: relevance, by id of the query and of the document; more
            than 0 is relevant.
    """

    texts: dict[str, str]
    judgments: dict[str, dict[str, int]]


def read(
    folder: str, split: str, known: Callable[[Sequence[str]], set[str]]
) -> Queries:
    """The queries of a split, with their judgments.

    Args:
        folder: has queries.jsonl and qrels/.
        split: name of a file in qrels/, such as "test".
        known: which of some ids documents have.
    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, has an id twice, or judges unknown
            queries, or mostly unknown documents.
    """
    judgments = _judgments(folder, split)
    texts = _texts(os.path.join(folder, _QUERIES))
    strange = [query for query in judgments if query not in texts]
    if strange:
        raise ValueError(
            f"Each judged query must be in {_QUERIES}. Received: "
            f"{documents_lib.listed(strange)} in {_path(folder, split)}. "
            "Correct the judgments, or name the folder that they belong to."
        )
    _check_documents(_path(folder, split), judgments, known)
    if len(judgments) < len(texts):
        logging.info(
            "%d of the %d queries in %s have judgments in %s; the others are "
            "left out.",
            len(judgments),
            len(texts),
            _QUERIES,
            split,
        )
    return Queries({query: texts[query] for query in judgments}, judgments)


def _check_documents(
    path: str,
    judgments: dict[str, dict[str, int]],
    known: Callable[[Sequence[str]], set[str]],
) -> None:
    """Warns of judged documents that are not indexed; raises ValueError if
    most are not."""
    judged = list(dict.fromkeys(d for own in judgments.values() for d in own))
    indexed = known(judged)
    missing = [document for document in judged if document not in indexed]
    if len(missing) > len(judged) / 2:
        raise ValueError(
            "Judged documents must be in the index. Received: "
            f"{path}, with {len(judged):,} documents, of which "
            f"{len(missing):,} are not, such as "
            f"{documents_lib.listed(missing)}. Name the folder and the index "
            "that belong together."
        )
    if missing:
        logging.warning(
            "%d of the %d documents that %s judges are not in the index, and "
            "count as not found: %s.",
            len(missing),
            len(judged),
            path,
            documents_lib.listed(missing),
        )


def _path(folder: str, split: str) -> str:
    return os.path.join(folder, _JUDGMENTS, f"{split}.tsv")


def _texts(path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for query in documents_files.rows(path, documents_files.Columns("text")):
        if query.id in found:
            raise ValueError(
                f"Each query must have an id of its own. Received: {query.id!r}"
                f" twice in {path}. Remove one of them."
            )
        found[query.id] = query.content
    return found


def _judgments(folder: str, split: str) -> dict[str, dict[str, int]]:
    path = _path(folder, split)
    if not files.exists(path):
        found = files.names(os.path.join(folder, _JUDGMENTS))
        raise FileNotFoundError(
            f"A folder in BEIR's layout must have {_JUDGMENTS}/{split}.tsv. "
            f"Received: {folder}, with {', '.join(found) or 'none'} there. "
            "Name another --split, or another folder."
        )
    judgments: dict[str, dict[str, int]] = {}
    problems = row_problems.Problems()
    for line, row in delimited.rows(
        path, problems, delimiter="\t", needed=_COLUMNS
    ):
        if row is None:
            continue
        query, document, score = (row[name].strip() for name in _COLUMNS)
        try:
            value = cells.number(row, "score")
        except cells.BadRow as bad:
            problems.add(path, line, bad.rule, bad.received)
            continue
        if not value.is_integer():
            problems.add(path, line, "A judgment must be an integer.", score)
        of_query = judgments.setdefault(query, {})
        if of_query.get(document, value) != value:
            problems.add(
                path,
                line,
                "A document must be judged once for a query; an earlier line "
                f"says {of_query[document]}.",
                score,
            )
        of_query[document] = int(value)
    if not judgments:
        raise ValueError(
            f"A file of judgments must have rows. Received: {path}, which has "
            "none. Write it again."
        )
    return judgments
