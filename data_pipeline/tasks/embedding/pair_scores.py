"""Metrics of embeddings: of graded pairs, triplets and pairs.

graded    spearman and pearson: of cosines and scores
triplets  accuracy: how often the positive is nearer than all negatives
pairs     accuracy@1 and mrr@10: of each anchor's positive among all
          positives of the file
"""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.embedding import pair_rows
from data_pipeline.tasks.scoring import scores

MAIN = {
    pair_rows.GRADED: "spearman",
    pair_rows.TRIPLETS: "accuracy",
    pair_rows.PAIRS: "mrr@10",
}
_BEST = 10
# Anchors whose similarities are computed at once.
_CHUNK = 512

# Maps slices of anchors to their similarities with all candidates, [n, G].
Similarities = Callable[[slice], np.ndarray]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors [..., D] scaled to length 1; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def cosines(vectors: Sequence[np.ndarray]) -> np.ndarray:
    """The cosines of an anchor with its other texts, [N, C - 1], from N
    arrays [C, D]."""
    found = unit(np.stack(vectors))
    return np.einsum("nd,ncd->nc", found[:, 0], found[:, 1:])


def score(
    split: splits.Split, predicted: Sequence[np.ndarray | None]
) -> dict[str, float]:
    """The metrics of a split.

    Args:
        split: its `scheme` is the form of its examples.
        predicted: float [C, D] for each example; None for a skipped one.
    """
    kept = [
        (example, vectors)
        for example, vectors in zip(split.examples, predicted, strict=True)
        if example is not None and vectors is not None
    ]
    examples = [example for example, _ in kept]
    vectors = [found for _, found in kept]
    if split.scheme == pair_rows.PAIRS:
        whole = unit(np.stack(vectors))
        candidates, places = distinct([e.texts[1] for e in examples])
        found = whole[candidates, 1]
        return ranked(
            lambda rows: whole[rows, 0] @ found.T, places, len(examples)
        )
    return of_cosines(split.scheme, examples, cosines(vectors))


def of_cosines(
    form: str, examples: Sequence[Any], found: np.ndarray
) -> dict[str, float]:
    """The metrics of graded pairs or triplets from cosines, [N, C - 1]."""
    if form == pair_rows.GRADED:
        gold = [example.label for example in examples]
        return scores.correlation(gold, found[:, 0].tolist())
    if form == pair_rows.TRIPLETS:
        right = found[:, 0] > found[:, 1:].max(axis=1)
        return {"accuracy": float(right.mean())}
    raise ValueError(NEEDS_PAIRS)


def distinct(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The first place of each distinct text, [G], and for each text its place
    among the distinct ones, [N]."""
    number_of: dict[str, int] = {}
    firsts: list[int] = []
    places: list[int] = []
    for number, text in enumerate(texts):
        if text not in number_of:
            number_of[text] = len(firsts)
            firsts.append(number)
        places.append(number_of[text])
    return np.array(firsts), np.array(places)


def ranked(
    similarities: Similarities, places: np.ndarray, count: int
) -> dict[str, float]:
    """accuracy@1 and mrr@10 of finding candidate places[n] for anchor n.

    Candidates with the same similarity as the right one count half.
    """
    ranks = []
    for start in range(0, count, _CHUNK):
        rows = slice(start, min(start + _CHUNK, count))
        found = similarities(rows)
        own = found[np.arange(len(found)), places[rows]][:, None]
        above = (found > own).sum(axis=1)
        same = (found == own).sum(axis=1) - 1
        ranks.append(1 + above + same / 2)
    rank = np.concatenate(ranks)
    return {
        "mrr@10": float(np.where(rank <= _BEST, 1 / rank, 0).mean()),
        "accuracy@1": float((rank == 1).mean()),
    }


NEEDS_PAIRS = (
    "Embeddings must be evaluated on pairs: scored ones, triplets, or texts "
    "with their positives. Received: single texts. Name a file of pairs with "
    "--eval_file, and its columns with --text_pair_column and --score_column, "
    "or leave evaluation out."
)
