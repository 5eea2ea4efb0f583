"""Google's rule for pairs of segments, to the letter.

Source: google-research/albert, create_pretraining_data.py,
create_instances_from_document and truncate_seq_pair. The rule mixes two tasks:
a chunk of one sentence always gets text from another document, even if the
question is the order of two segments, so more than half of the labels are 1.
"""

from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

# Attempts to draw another document before the same one is accepted.
_TRIES = 10

# A tokenized document: the ids of each sentence, without special tokens.
_Document = Sequence[Sequence[int]]


def pairs(
    documents: Sequence[_Document],
    number: int,
    rng: np.random.Generator,
    *,
    longest: int,
    target: int,
    random_next_sentence: bool,
) -> Iterator[tuple[list[int], list[int], bool]]:
    """Yields the pairs of one document of a block, in the order of the text.

    Sentences are gathered until they have `target` tokens or the document ends,
    and split at a boundary drawn at random. Tokens beyond `longest` are cut.

        sentences [1 2 3] [4 5] [6 7 8 9], target and longest 4
            [1 2] [4 5]      or [2 3] [4 5]: the longer loses one token
            [6 7] [a b]      a b ... from a random document; True

    Google exchanges half of the pairs in order before it cuts, so a tie
    shortens the segment that is second in the row. Here it is always the one
    that is second in the text, since the exchange is drawn later.

    Args:
        documents: the block, tokenized sentences of each document.
        number: number of the document.
        rng: source of all random numbers.
        longest: maximum number of tokens of a pair.
        target: number of tokens to gather, for the whole document.
        random_next_sentence: whether half of the other chunks also get a
            second segment from a random document (Google's flag of this name).
    Yields:
        The two segments, at least one token each, and whether the second one
        comes from a random document.
    """
    sentences = _with_tokens(documents[number])
    start = 0
    while start < len(sentences):
        stop, length = start, 0
        while stop < len(sentences) and length < target:
            length += len(sentences[stop])
            stop += 1
        cut = start + 1
        if stop - start > 1:
            cut = int(rng.integers(start + 1, stop))
        first = _join(sentences[start:cut])
        is_random = stop - start == 1 or (
            random_next_sentence and rng.random() < 0.5
        )
        if is_random:
            second = _random_text(documents, number, rng, target - len(first))
            stop = cut  # unused sentences are put back
        else:
            second = _join(sentences[cut:stop])
        yield *_truncated(first, second, longest, rng), is_random
        start = stop


def _random_text(
    documents: Sequence[_Document],
    number: int,
    rng: np.random.Generator,
    target: int,
) -> list[int]:
    """Sentences from a random place on, at least one, until `target` tokens."""
    document: _Document = []
    for _ in range(_TRIES):
        drawn = int(rng.integers(len(documents)))
        document = _with_tokens(documents[drawn])
        if drawn != number and document:
            break
    document = document or _with_tokens(documents[number])
    text: list[int] = []
    for sentence in document[int(rng.integers(len(document))) :]:
        text.extend(sentence)
        if len(text) >= target:
            break
    return text


def _truncated(
    first: list[int],
    second: list[int],
    longest: int,
    rng: np.random.Generator,
) -> tuple[list[int], list[int]]:
    """Removes tokens from the longer side, at random from its front or back."""
    # Current start and stop of each side.
    bounds = [[0, len(first)], [0, len(second)]]
    lengths = [len(first), len(second)]
    while sum(lengths) > longest:
        longer = 0 if lengths[0] > lengths[1] else 1
        if rng.random() < 0.5:
            bounds[longer][0] += 1
        else:
            bounds[longer][1] -= 1
        lengths[longer] -= 1
    return first[slice(*bounds[0])], second[slice(*bounds[1])]


def _with_tokens(document: _Document) -> list[Sequence[int]]:
    return [sentence for sentence in document if len(sentence)]


def _join(sentences: _Document) -> list[int]:
    return [token for sentence in sentences for token in sentence]
