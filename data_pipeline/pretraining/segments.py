"""Documents to sentence-order examples: two consecutive segments each."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

# [CLS] first [SEP] second [SEP]
NUM_SPECIAL_TOKENS = 3


@dataclasses.dataclass(frozen=True)
class Example:
    """Unmasked ids of two consecutive segments, in the order of the text.

    token_ids holds both, first_length tokens of the first one. Where
    first_length is all of them there is no second segment, and so no
    sentence-order question: such an example trains the masked LM only.
    """

    token_ids: list[int]
    first_length: int


def split_document(
    sentences: Sequence[Sequence[int]],
    rng: np.random.Generator,
    *,
    max_seq_length: int,
    short_seq_prob: float,
) -> Iterator[Example]:
    """Cuts a document into examples that use every token exactly once.

    Whole sentences are gathered while they fit into `max_seq_length - 3`
    tokens, and parted at a sentence boundary drawn at random:

        sentences [1 2 3] [4 5] [6 7 8 9], at most 6 tokens
            first 1 2 3    second 4 5
            first 6 7 8 9  second -

    Google's builder gathers one sentence more and cuts the overflow off. Here
    segments begin and end where sentences do: cutting the text at fixed lengths
    gives the order away (a segment that ends inside a sentence precedes the one
    that starts there), and a small model finds that within 200 steps.

    Unlike Google's, an example of one sentence gets no second segment out of
    another document: that would be next-sentence prediction. A sentence too
    long for a row is cut into even parts first.

    Args:
        sentences: ids of each sentence, none of them special.
        rng: draws the short examples and the boundaries.
        max_seq_length: tokens in a row, with the three special ones.
        short_seq_prob: share of examples that stop gathering early, at a
            length drawn from 2 up, so that the model also meets short inputs.
    """
    longest = max_seq_length - NUM_SPECIAL_TOKENS
    span: list[Sequence[int]] = []
    target = _draw_target(rng, longest, short_seq_prob)
    for sentence in _fitting(sentences, longest):
        length = sum(map(len, span))
        if span and (length >= target or length + len(sentence) > longest):
            yield _part(span, rng)
            span = []
            target = _draw_target(rng, longest, short_seq_prob)
        span.append(sentence)
    if span:
        yield _part(span, rng)


def _fitting(
    sentences: Sequence[Sequence[int]], longest: int
) -> Iterator[Sequence[int]]:
    """The sentences that hold tokens, those too long for a row in parts."""
    for sentence in sentences:
        parts = -(-len(sentence) // longest)
        for part in range(parts):
            yield sentence[
                part * len(sentence) // parts : (part + 1)
                * len(sentence)
                // parts
            ]


def _draw_target(rng, longest: int, short_seq_prob: float) -> int:
    if rng.random() < short_seq_prob:
        return int(rng.integers(2, longest + 1))
    return longest


def _part(span: Sequence[Sequence[int]], rng: np.random.Generator) -> Example:
    tokens = [token for sentence in span for token in sentence]
    if len(span) == 1:
        return Example(tokens, len(tokens))
    cut = int(rng.integers(1, len(span)))
    return Example(tokens, sum(map(len, span[:cut])))
