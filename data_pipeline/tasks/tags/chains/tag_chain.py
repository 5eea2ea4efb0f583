"""Which tags may follow which, with what score."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data_pipeline.tasks.tags import label_schemes
from data_pipeline.tasks.tags import tag_schemes

# Score of what is impossible. Sums of it over a text stay within float32.
IMPOSSIBLE = -1e9
_OUTSIDE = "O"


class TagChain(NamedTuple):
    """The transitions between C labels.

    The last row and column stand for what lies before and after a sentence.

    Attributes:
        scores: float32 [C + 1, C + 1], from the label of a row to that of a
            column.
        begins: bool, the same shape: whether the second label starts an
            entity.
        continues: bool, the same shape: whether the second label continues the
            entity of the first.
        kinds: int32 [C], the number of each label's type; 0 outside of
            entities.
    """

    scores: np.ndarray
    begins: np.ndarray
    continues: np.ndarray
    kinds: np.ndarray


def make(
    labels: Sequence[str], transitions: np.ndarray | None = None
) -> TagChain:
    """Makes the chain of a tagger's labels.

    Args:
        labels: C labels, in BIO or IOB1 or of no scheme, as made by
            label_schemes.as_bio.
        transitions: float [C + 1, C + 1], the learned scores of a CRF; None if
            there are none.
    """
    scheme = scheme_of(labels)
    states = [*labels, _OUTSIDE]
    shape = (len(states), len(states))
    scores = np.zeros(shape, np.float32)
    if transitions is not None:
        scores += transitions
    begins = np.zeros(shape, bool)
    kinds = np.zeros(len(labels), np.int32)
    if scheme == "none":
        return TagChain(scores, begins, begins, kinds)
    names = sorted({tag_schemes.parts(label)[1] for label in labels} | {""})
    kinds += [names.index(tag_schemes.parts(label)[1]) for label in labels]
    for row, before in enumerate(states):
        for column, after in enumerate(states):
            if tag_schemes.breaks(before, after, scheme):
                scores[row, column] = IMPOSSIBLE
            begins[row, column] = tag_schemes.begins(before, after)
    inside = np.append(kinds, 0) > 0
    return TagChain(scores, begins, inside & ~begins, kinds)


def learned(transitions: np.ndarray) -> TagChain:
    """The chain of a CRF in training, where all sequences are possible."""
    scores = np.asarray(transitions, np.float32)
    nothing = np.zeros(scores.shape, bool)
    return TagChain(
        scores, nothing, nothing, np.zeros(len(scores) - 1, np.int32)
    )


def scheme_of(labels: Sequence[str]) -> str:
    """The scheme that sequences of a tagger's labels follow: "BIO", "IOB1", or
    "none" if a label is neither "O" nor a part of an entity."""
    marks_entities = all(
        label == _OUTSIDE or tag_schemes.parts(label)[1] for label in labels
    )
    return label_schemes.scheme_of(labels) if marks_entities else "none"
