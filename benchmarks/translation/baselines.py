"""What needs no training: a translation memory, and sentences of the text."""

import itertools
import logging
from collections.abc import Sequence

import bm25s
import numpy as np

from benchmarks.translation import pairs as pairs_lib
from benchmarks.translation import scores
from data_pipeline.tasks.generation import scripts


class Memory:
    """Answers with the target of the training text that is nearest by BM25.

    All words count, also those that a search engine leaves out: short
    sentences have little else.

    Args:
        pairs: the training pairs.
    Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance
        Framework: BM25 and Beyond".
    """

    def __init__(self, pairs: Sequence[pairs_lib.Pair]):
        # It logs each step of an index.
        logging.getLogger("bm25s").setLevel("WARNING")
        self._targets = [pair.targets[0] for pair in pairs]
        self._index = bm25s.BM25()
        self._index.index(
            [words(pair.text) for pair in pairs], show_progress=False
        )

    def answer(self, text: str) -> str:
        """The first of the nearest; "" if no training text has a word of it."""
        known = [w for w in words(text) if w in self._index.vocab_dict]
        if not known:
            return ""
        found = self._index.get_scores(known)
        return self._targets[int(np.argmax(found))]


def words(text: str) -> list[str]:
    """Lowercase words; in scripts without spaces letters, and pairs of
    neighbors among them."""
    found = scripts.words(text)
    pairs = [a + b for a, b in itertools.pairwise(found) if a + b in text]
    return found + pairs


def lead(pair: pairs_lib.Pair) -> str:
    """The first sentence of the text."""
    return pair.sentences[0] if pair.sentences else ""


def oracle(pair: pairs_lib.Pair) -> str:
    """The sentence that has the most ROUGE-1 and ROUGE-2 together: no choice
    of one sentence does better."""
    return max(
        pair.sentences or ("",),
        key=lambda sentence: scores.overlap(sentence, pair.targets),
    )
