"""TF-IDF: how far the words of texts alone go."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.embedding import pair_rows
from data_pipeline.tasks.embedding import pair_scores


def score(split: splits.Split) -> dict[str, float]:
    """The metrics of cosines of TF-IDF vectors, fitted to the split's texts.

    Args:
        split: as in `pair_scores.score`.
    """
    examples = [example for example in split.examples if example is not None]
    vectors = _vectors([text for e in examples for text in e.texts])
    count = len(examples[0].texts)
    if split.scheme == pair_rows.PAIRS:
        candidates, places = pair_scores.distinct(
            [example.texts[1] for example in examples]
        )
        found = vectors[candidates * count + 1]
        return pair_scores.ranked(
            lambda rows: (
                vectors[np.arange(rows.start, rows.stop) * count] @ found.T
            ).toarray(),
            places,
            len(examples),
        )
    anchors = vectors[np.arange(len(examples)) * count]
    cosines = [
        np.asarray(
            anchors.multiply(
                vectors[np.arange(len(examples)) * count + other]
            ).sum(axis=1)
        ).ravel()
        for other in range(1, count)
    ]
    return pair_scores.of_cosines(
        split.scheme, examples, np.stack(cosines, axis=1)
    )


def _vectors(texts: Sequence[str]) -> Any:
    """Sparse rows of length 1, [N, words]."""
    from sklearn.feature_extraction import text as sklearn_text

    # The library's own tokens have two letters or more; a file may have none.
    vectorizer = sklearn_text.TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:  # no words at all
        from scipy import sparse

        return sparse.csr_matrix((len(texts), 1))
