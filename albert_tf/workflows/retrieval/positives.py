"""Queries with their positives, from BEIR's layout or a file of pairs."""

import os
from collections.abc import Iterator

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import store as store_lib
from albert_tf.workflows.configs.retrieval import mine as mine_config
from albert_tf.workflows.retrieval import beir
from albert_tf.workflows.retrieval import documents as documents_files
from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import tables


def read(
    config: mine_config.MineConfig, store: store_lib.Store
) -> dict[str, list[str]]:
    """The positive texts of each query.

    Args:
        config: names the data.
        store: has the documents that judgments name.
    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the data are malformed, or there are no positives.
    """
    found: dict[str, dict[str, None]] = {}
    if files.is_folder(config.data):
        queries = beir.read(config.data, config.split, store.known)
        for query, judged in queries.judgments.items():
            wanted = [id for id, value in judged.items() if value > 0]
            ids = [id for id in wanted if id in store.known(wanted)]
            texts = (document.content for document in store.documents(ids))
            found.setdefault(queries.texts[query], {}).update(
                dict.fromkeys(texts)
            )
    else:
        for query, positive in _pairs(config):
            found.setdefault(query, {})[positive] = None
    known = {query: list(texts) for query, texts in found.items() if texts}
    if not known:
        raise ValueError(
            "At least one query must have a positive. Received: "
            f"{config.data}, which has none. Name other data."
        )
    return known


def documents(
    config: mine_config.MineConfig,
) -> Iterator[documents_lib.Document]:
    """The documents to mine in without an index."""
    if files.is_folder(config.data):
        yield from documents_files.rows(
            os.path.join(config.data, documents_files.CORPUS),
            documents_files.Columns("text"),
            on_bad_row=config.on_bad_row,
        )
        return
    texts = dict.fromkeys(positive for _, positive in _pairs(config))
    for number, text in enumerate(texts):
        yield documents_lib.Document(str(number), text)


def _pairs(config: mine_config.MineConfig) -> Iterator[tuple[str, str]]:
    needed = (config.text_column, config.positive_column)
    problems = row_problems.Problems(config.on_bad_row)
    total = 0
    for place, row in tables.rows(config.data, problems, needed):
        total += 1
        if row is None:
            continue
        try:
            yield cells.text(row, needed[0]), cells.text(row, needed[1])
        except cells.BadRow as bad:
            problems.add(config.data, place, bad.rule, bad.received)
    problems.close(config.data, total)
