"""Which sentences a vocabulary is trained on, and which it is judged by."""

import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from data_pipeline.vocabulary import sampling

# Enough to tell pieces per word to 1%; measured in 6 s.
REPORTED_BYTES = 2_000_000
# The share that is held out: this, and of a small text as much as gives so many
# texts, but no more than the largest share.
SHARE = 0.01
WANTED = 150
LARGEST_SHARE = 0.1
# With fewer, all text is trained on, and reported on.
FEWEST = 100


class Samples:
    """Deals sentences to a sample to train on and one to report on.

    Which of them, a hash tells, so equal sentences go together.

    Args:
        normalizer: what is trained on goes through it. What is reported on is
            kept as it was, for the report also says what this changes.
        max_bytes: bound of the sample to train on.
        longest: bytes; a longer sentence is split.
        seed: of the hashes.

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
        # The same as `training`, as it was, to report on if need be.
        self._trained_on = sampling.Sample(REPORTED_BYTES, seed)

    def deal(self, sentences: Iterable[str], share: float) -> dict[str, int]:
        """Deals sentences; holds out a share of them.

        Returns:
            read, read_bytes: sentences and their bytes, normalized.
        """
        counts = {"read": 0, "read_bytes": 0}
        for sentence in sentences:
            counts["read"] += 1
            # First of all, so that some of a text without line breaks is held
            # out.
            for text in sampling.split_long(sentence, self._longest):
                normalized = self._normalizer(text)
                data = normalized.encode()
                counts["read_bytes"] += len(data)
                # Another seed than the samples', which go by the hash as well.
                if sampling.fraction(data, ~self._seed) < share:
                    self._heldout.add(text)
                else:
                    self._train_on(text, normalized)
        return counts

    def reported_on(self) -> tuple[list[str], bool]:
        """The texts to report on, as they were, and whether they are held out.

        If too few are to judge by, they are trained on as well. To be called
        once, after all is dealt and before `training` is used.
        """
        if len(self._heldout) >= FEWEST:
            return list(self._heldout.drain()), True
        for text in self._heldout.drain():
            self._train_on(text, self._normalizer(text))
        return list(self._trained_on.drain()), False

    def heldout(self) -> list[str]:
        """What is held out, however little it is."""
        return list(self._heldout.drain())

    def _train_on(self, text: str, normalized: str) -> None:
        self._trained_on.add(text)
        for part in sampling.split_long(normalized, self._longest):
            self.training.add(part)


def share(
    sentences: Iterable[str], longest: int
) -> tuple[float, Iterator[str]]:
    """The share of a text to hold out, and all of the text.

    Reads no more of it than tells whether it is small.
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
