"""Articles with their embeddings and words, and what readers read of them."""

import argparse
from typing import Any
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction import text as sklearn_text

import albert_tf
from albert_tf.workflows.retrieval import documents
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import tables


class Catalog(NamedTuple):
    """N articles.

    Attributes:
        ids, titles: of each; the title is the text where there is none.
        metadata: other columns of each.
        embeddings: float32 [N, D], of length 1, without their common mean.
        words: sparse [N, V], TF-IDF of length 1.
        vocabulary: the V words.
    """

    ids: list[str]
    titles: list[str]
    metadata: list[dict[str, Any]]
    embeddings: np.ndarray
    words: Any
    vocabulary: np.ndarray

    def numbers(self, ids: list[str]) -> list[int]:
        """The numbers of articles, in the order of their ids.

        Raises:
            ValueError: an id is unknown.
        """
        known = {name: number for number, name in enumerate(self.ids)}
        unknown = [name for name in ids if name not in known]
        if unknown:
            raise ValueError(
                "A reader's history must hold ids of articles. Received: "
                f"{unknown[0]!r}, and {len(unknown) - 1:,} others that no "
                "article has. Check --id_column, or leave them out."
            )
        return [known[name] for name in ids]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say what the articles are."""
    add = parser.add_argument
    add(
        "--items_file",
        required=True,
        help="Table of articles: .csv, .tsv, .jsonl or .parquet.",
    )
    add("--text_column", default="text", help="Column of the texts.")
    add("--title_column", help="Column of titles. Default: title, if there.")
    add(
        "--id_column",
        help="Column of ids. Default: id, if there, or the row from 0.",
    )
    add("--model", required=True, help="A model for albert_tf.embedder.")


def read(args: argparse.Namespace) -> Catalog:
    """Reads and embeds the articles.

    Raises:
        ValueError: two have the same id, or one has no text.
    """
    columns = documents.Columns(
        args.text_column, args.id_column, args.title_column
    )
    rows = list(documents.rows(args.items_file, columns))
    ids = [row.id for row in rows]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise ValueError(
            f"Each article must have an id of its own. Received: {twice!r} "
            f"twice in {args.items_file}. Remove one, or set --id_column."
        )
    texts = [row.content for row in rows]
    vectorizer = sklearn_text.TfidfVectorizer(
        stop_words="english", sublinear_tf=True
    )
    words = vectorizer.fit_transform(texts)
    return Catalog(
        ids,
        [row.title or row.text for row in rows],
        [dict(row.metadata) for row in rows],
        centered(albert_tf.embedder(args.model).encode(texts)),
        words,
        vectorizer.get_feature_names_out(),
    )


def centered(embeddings: np.ndarray) -> np.ndarray:
    """Embeddings without the mean that all share, scaled to length 1."""
    moved = embeddings - embeddings.mean(axis=0)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return moved / np.maximum(length, 1e-12)


def histories(path: str) -> dict[str, list[str]]:
    """What readers read, in the order of the dates, or else of the rows.

    Args:
        path: table with the columns reader and item, and perhaps date
            (such as 2018-03-01, or with a time).
    Returns:
        ids of articles by reader, the last one read at the end.
    """
    problems = row_problems.Problems()
    clicks: dict[str, list[tuple[str, str]]] = {}
    for _, row in tables.rows(path, problems, ("reader", "item")):
        if row is not None:
            click = (str(row.get("date") or ""), cells.name(row, "item"))
            clicks.setdefault(cells.name(row, "reader"), []).append(click)
    return {
        reader: [item for _, item in sorted(own, key=lambda click: click[0])]
        for reader, own in clicks.items()
    }
