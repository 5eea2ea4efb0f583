"""How well clusters agree with labels, beside clusters of TF-IDF vectors."""

import argparse

import headlines as headlines_lib
import numpy as np
import topic_clusters
from sklearn import decomposition
from sklearn.feature_extraction import text as sklearn_text

from albert_tf.retrieval import clustering
from albert_tf.retrieval import metrics

_COMPONENTS = 100


def table(
    args: argparse.Namespace, embeddings: np.ndarray, clusters: np.ndarray
) -> str:
    """V-measures of the topics, and of k-means with as many clusters as
    labels, for embeddings and TF-IDF.

    Args:
        args: of the program, with a column of labels.
        embeddings: float [N, D].
        clusters: int [N], the topics by embeddings.
    Raises:
        ValueError: a row has no label.
    """
    rows = list(headlines_lib.read(args, args.label_column))
    labels = [row.label for row in rows if row.label is not None]
    if len(labels) < len(rows):
        raise ValueError(
            f"Each row must have a label in the column {args.label_column!r}. "
            f"Received: {len(rows) - len(labels):,} rows of "
            f"{args.input_file} without one. Fill them in, or leave "
            "--label_column out."
        )
    tfidf = tfidf_vectors([row.text for row in rows], args.random_seed)
    others, points = topic_clusters.find(
        tfidf,
        least=args.min_cluster_size,
        most_fitted=args.max_fitted,
        seed=args.random_seed,
    )
    everything = np.arange(len(rows))
    own_points = topic_clusters.components(
        embeddings, everything, args.random_seed
    )
    lines = [
        f"V-measure against {args.label_column} ({len(set(labels))} labels), "
        "with 95% intervals",
        f"{'':<14}{'k-means':<24}{'topics, noise as one':<26}{'noise':>6}",
    ]
    for name, places, found in (
        ("embeddings", own_points, clusters),
        ("TF-IDF", points, others),
    ):
        means = clustering.v_measure(places, labels, seed=args.random_seed)
        agreed = clustering.agreement(found, labels, seed=args.random_seed)
        share = np.mean(found == topic_clusters.NOISE)
        lines.append(
            f"{name:<14}{interval(means):<24}{interval(agreed):<26}{share:6.1%}"
        )
    return "\n".join(lines)


def tfidf_vectors(texts: list[str], seed: int) -> np.ndarray:
    """TF-IDF reduced as in latent semantic analysis, float [N, C]."""
    sparse = sklearn_text.TfidfVectorizer(
        stop_words="english", sublinear_tf=True, min_df=2
    ).fit_transform(texts)
    size = min(_COMPONENTS, min(sparse.shape) - 1)
    return decomposition.TruncatedSVD(size, random_state=seed).fit_transform(
        sparse
    )


def interval(value: metrics.Interval) -> str:
    return f"{value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"
