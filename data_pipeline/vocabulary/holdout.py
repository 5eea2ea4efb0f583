"""Deals sentences to the training of a vocabulary and to its evaluation."""

import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from data_pipeline.vocabulary import sampling

# Bytes to report on: enough to measure pieces per word to 1%, which takes 6 s.
REPORTED_BYTES = 2_000_000
# The share to hold out. For a small text it is larger, to hold out WANTED
# texts, up to LARGEST_SHARE.
SHARE = 0.01
WANTED = 150
LARGEST_SHARE = 0.1
# With fewer held-out texts, all text is used for training and for the report.
FEWEST = 100


class Samples:
    """Deals sentences to a sample for training and one for the report.

    A hash decides, so equal sentences go to the same sample.

    Args:
        normalizer: normalizes the sentences to train on. Those for the report
            are not normalized, since the report says what normalization
            changes.
        max_bytes: maximum size of the sample to train on.
        longest: maximum bytes of a sentence; longer ones are split.
        seed: seed of the hashes.

    Attributes:
        training: the sample to train on, normalized.
    """

    def __init__(
        self,
        normalizer: Callable[[str], str],
        *,
        max_bytes: int,
        longest: int,
        seed: int,
    ):
        self._normalizer, self._longest = normalizer, longest
        self._seed = seed
        self.training = sampling.Sample(max_bytes, seed)
        self._heldout = sampling.Sample(REPORTED_BYTES, seed)
        # The training sample before normalization, for the report if needed.
        self._trained_on = sampling.Sample(REPORTED_BYTES, seed)

    def deal(self, sentences: Iterable[str], share: float) -> dict[str, int]:
        """Deals sentences, and holds out a share of them.

        Returns:
            A dict: "read", the number of sentences, and "read_bytes", the size
            of the normalized sentences.
        """
        counts = {"read": 0, "read_bytes": 0}
        for sentence in sentences:
            counts["read"] += 1
            # Split first, so that parts of a text without line breaks can be
            # held out.
            for text in sampling.split_long(sentence, self._longest):
                normalized = self._normalizer(text)
                data = normalized.encode()
                counts["read_bytes"] += len(data)
                # The samples use the hash, too, with another seed.
                if sampling.fraction(data, ~self._seed) < share:
                    self._heldout.add(text)
                else:
                    self._train_on(text, normalized)
        return counts

    def reported_on(self) -> tuple[list[str], bool]:
        """The unnormalized texts to report on, and whether they are held out.

        If too few are held out, they are used for training, too, and the report
        is on the training text. Call this once, after dealing all sentences and
        before using `training`.
        """
        if len(self._heldout) >= FEWEST:
            return list(self._heldout.drain()), True
        for text in self._heldout.drain():
            self._train_on(text, self._normalizer(text))
        return list(self._trained_on.drain()), False

    def heldout(self) -> list[str]:
        """The held-out texts, even if they are few."""
        return list(self._heldout.drain())

    def _train_on(self, text: str, normalized: str) -> None:
        self._trained_on.add(text)
        for part in sampling.split_long(normalized, self._longest):
            self.training.add(part)


def share(
    sentences: Iterable[str], longest: int
) -> tuple[float, Iterator[str]]:
    """The share of a text to hold out, and an iterator over the whole text.

    Reads only as much of it as is needed to know whether it is small.
    """
    sentences = iter(sentences)
    first: list[str] = []
    texts = 0
    for sentence in sentences:
        first.append(sentence)
        texts += len(sampling.split_long(sentence, longest))
        if texts * SHARE >= WANTED:
            break
    found = min(max(SHARE, WANTED / max(texts, 1)), LARGEST_SHARE)
    return found, itertools.chain(first, sentences)
