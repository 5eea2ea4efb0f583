"""Rankings of an index, evaluated side by side on queries with judgments."""

import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from albert_tf.retrieval import metrics
from albert_tf.retrieval import search
from albert_tf.workflows.configs.retrieval import search as search_config
from albert_tf.workflows.retrieval import beir
from albert_tf.workflows.retrieval import searcher as searcher_lib
from data_pipeline.io import aligned_table
from data_pipeline.io import files
from data_pipeline.io import outputs

# The ranking that the others are compared with, if it is there.
_BASELINE = search.LEXICAL
_METRICS = "metrics.json"


class Evaluation(NamedTuple):
    """The metrics of rankings.

    Attributes:
        num_queries: how many queries were evaluated.
        scores: the mean of each metric with its 95% interval, by ranking and
            metric.
        differences: for the rankings other than BM25, the mean difference of
            each metric from BM25's, over the same queries.
    """

    num_queries: int
    scores: Mapping[str, Mapping[str, metrics.Interval]]
    differences: Mapping[str, Mapping[str, metrics.Interval]]

    @property
    def report(self) -> str:
        """Tables for a person to read."""
        parts = [
            f"{self.num_queries:,} queries; means with 95% bootstrap "
            f"intervals\n{_table(self.scores)}"
        ]
        if self.differences:
            parts.append(
                f"Differences from {_BASELINE}, paired by query\n"
                f"{_table(self.differences, sign='+')}"
            )
        return "\n\n".join(parts)


def evaluate(
    config: search_config.SearchConfig, searcher: searcher_lib.Searcher
) -> Evaluation:
    """Evaluates the rankings of an index.

    BM25, embeddings, and both fused, as far as the index has them; reranked,
    if there is a reranker.

    Args:
        config: names the queries and their judgments.
        searcher: the index.
    Returns:
        The metrics, which are also written to `run_dir`.
    Raises:
        FileNotFoundError: a file is missing.
        ValueError: files are damaged or do not fit the index.
    """
    if config.run_dir is not None:
        outputs.check_folder(config.run_dir, "--run_dir")
    queries = beir.read(
        config.queries or "", config.split, searcher.store.known
    )
    runs = _runs(searcher, queries)
    values = {
        name: metrics.by_query(queries.judgments, run)
        for name, run in runs.items()
    }
    compared = [n for n in values if n != _BASELINE and _BASELINE in values]
    result = Evaluation(
        len(next(iter(values[next(iter(values))].values()))),
        {name: _intervals(values[name], config.resamples) for name in values},
        {
            name: _intervals(
                {
                    metric: values[name][metric] - values[_BASELINE][metric]
                    for metric in metrics.NAMES
                },
                config.resamples,
            )
            for name in compared
        },
    )
    if config.run_dir is not None:
        _write(config.run_dir, result, runs)
    return result


def _runs(
    searcher: searcher_lib.Searcher, queries: beir.Queries
) -> dict[str, metrics.Run]:
    names, texts = list(queries.texts), list(queries.texts.values())
    found = searcher.rankings(
        texts, metrics.DEPTH, lexical=searcher.store.has_lexical
    )
    order = (search.LEXICAL, search.EMBEDDING, search.FUSED, search.RERANKED)
    return {
        name: dict(zip(names, found[name], strict=True))
        for name in order
        if name in found
    }


def _intervals(
    values: Mapping[str, np.ndarray], resamples: int
) -> dict[str, metrics.Interval]:
    return {
        name: metrics.interval(found, resamples)
        for name, found in values.items()
    }


def _table(
    found: Mapping[str, Mapping[str, metrics.Interval]], sign: str = ""
) -> str:
    """A row for each metric, and a column for each ranking."""
    rows: list[Sequence[str]] = [
        [name, *(_shown(own[name], sign) for own in found.values())]
        for name in metrics.NAMES
    ]
    return aligned_table.text(["metric", *found], rows)


def _shown(found: metrics.Interval, sign: str) -> str:
    mean, low, high = (f"{value:{sign}.3f}" for value in found)
    return f"{mean} [{low}, {high}]"


def _write(
    folder: str, result: Evaluation, runs: Mapping[str, metrics.Run]
) -> None:
    files.make_folder(folder)
    for name, run in runs.items():
        lines = metrics.run_lines(run, name)
        content = "".join(f"{line}\n" for line in lines)
        files.write(os.path.join(folder, f"{name}.run"), content.encode())
    values = {
        "num_queries": result.num_queries,
        "scores": {
            name: metrics.as_values(found)
            for name, found in result.scores.items()
        },
        "differences": {
            name: metrics.as_values(found)
            for name, found in result.differences.items()
        },
    }
    content = json.dumps(values, indent=2) + "\n"
    files.write(os.path.join(folder, _METRICS), content.encode())
