"""Metrics of rankings, by ir-measures and pytrec_eval, with intervals.

Sources: Jarvelin and Kekalainen 2002, "Cumulated gain-based evaluation of IR
techniques" (nDCG); Efron and Tibshirani 1993, "An Introduction to the
Bootstrap" (percentile intervals).
"""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np

from albert_tf.retrieval import libraries
from albert_tf.retrieval import store

# Relevance of documents, by query and document. More than 0 is relevant.
Judgments = Mapping[str, Mapping[str, int]]
# A ranking for each query.
Run = Mapping[str, store.Ranking]

NDCG, MRR, MAP, RECALL = "nDCG@10", "MRR@10", "MAP", "recall@{}"
_RECALL_AT = (10, 100)
NAMES = (NDCG, MRR, MAP, *(RECALL.format(k) for k in _RECALL_AT))
# How many documents of a ranking the metrics look at.
DEPTH = 1000
_LEVEL = 0.95


class Interval(NamedTuple):
    """A mean with its bootstrap interval.

    Attributes:
        mean: of the values.
        low, high: ends of the 95% percentile interval.
    """

    mean: float
    low: float
    high: float


def by_query(judgments: Judgments, run: Run) -> dict[str, np.ndarray]:
    """The metrics of each query that has a relevant document.

    Args:
        judgments: relevance by query and document.
        run: rankings by query; a query without one has the metrics 0.
    Returns:
        For each of NAMES, float64 [Q], in the order of `judgments`.
    Raises:
        ImportError: ir_measures is not installed.
        ValueError: no query has a relevant document.
    """
    measures = libraries.load("ir_measures", "to evaluate rankings")
    known = {
        NDCG: measures.nDCG @ 10,
        MRR: measures.RR @ 10,
        MAP: measures.AP,
        **{RECALL.format(k): measures.R @ k for k in _RECALL_AT},
    }
    judged = [
        query
        for query, documents in judgments.items()
        if any(value > 0 for value in documents.values())
    ]
    if not judged:
        raise ValueError(
            "At least one query must have a relevant document, judged above 0. "
            f"Received: {len(judgments):,} queries without one."
        )
    values = {name: dict.fromkeys(judged, 0.0) for name in known}
    names = {measure: name for name, measure in known.items()}
    for result in measures.pytrec_eval.iter_calc(
        [*known.values()],
        [
            measures.Qrel(query, document, value)
            for query in judged
            for document, value in judgments[query].items()
        ],
        [
            measures.ScoredDoc(query, document, score)
            for query in judged
            for document, score in _strict(run.get(query, ()))
        ],
    ):
        values[names[result.measure]][result.query_id] = result.value
    return {name: np.array([*found.values()]) for name, found in values.items()}


def _strict(ranking: Sequence[store.Scored]) -> list[tuple[str, float]]:
    """A ranking with scores that say its order: pytrec_eval orders equal ones
    by their ids, whichever came first."""
    return [(each.id, -float(rank)) for rank, each in enumerate(ranking)]


def interval(
    values: np.ndarray, resamples: int = 1000, seed: int = 0
) -> Interval:
    """The mean of values, with a bootstrap interval over them.

    For paired differences, give the differences of two systems' values.

    Args:
        values: float [Q].
        resamples: number of bootstrap samples.
        seed: of their random numbers.
    """
    generator = np.random.default_rng(seed)
    means = [
        values[generator.integers(0, len(values), len(values))].mean()
        for _ in range(resamples)
    ]
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def run_lines(run: Run, name: str) -> Sequence[str]:
    """A run in TREC's format: query, Q0, document, rank, score, name."""
    return [
        f"{query} Q0 {each.id} {rank} {each.score:.6f} {name}"
        for query, ranking in run.items()
        for rank, each in enumerate(ranking, start=1)
    ]


def as_values(found: Mapping[str, Interval]) -> dict[str, Any]:
    """Intervals as values for JSON."""
    return {name: each._asdict() for name, each in found.items()}
