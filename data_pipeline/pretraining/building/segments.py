"""Cuts documents into examples of one or two segments of text."""

from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from data_pipeline.pretraining.building import google_segments
from data_pipeline.pretraining.building import segments_config
from data_pipeline.pretraining.records import examples

# Attempts to find text from elsewhere that fits.
_TRIES = 10

# A tokenized document: the ids of each sentence, without special tokens.
Document = Sequence[Sequence[int]]


def split_document(
    documents: Sequence[Document],
    number: int,
    rng: np.random.Generator,
    config: segments_config.SegmentsConfig,
) -> Iterator[examples.Example]:
    """Cuts one document of a block of text into examples.

    Args:
        documents: the block. Texts of other documents are drawn from it, so
            it should hold many.
        number: number of the document to cut.
        rng: source of all random numbers.
        config: lengths, and the rule, which is one of
            _running_text (sentence_task="none"): every token once;
            _whole_sentences (segments="strict"): every token once, and for
                "nsp" also in second segments of other examples;
            google_segments.pairs (segments="google").
    """
    if config.sentence_task == "none":
        yield from _running_text(documents[number], rng, config)
    elif config.segments == "strict":
        yield from _whole_sentences(documents, number, rng, config)
    else:
        longest = config.max_seq_length - examples.NUM_SPECIAL_TOKENS
        next_sentence = config.sentence_task == "nsp"
        for first, second, is_random in google_segments.pairs(
            documents,
            number,
            rng,
            longest=longest,
            target=_draw_target(rng, longest, config.short_seq_prob),
            random_next_sentence=next_sentence,
        ):
            order = 1 if is_random else 0 if next_sentence else None
            yield examples.Example([*first, *second], len(first), order)


def _running_text(
    document: Document,
    rng: np.random.Generator,
    config: segments_config.SegmentsConfig,
) -> Iterator[examples.Example]:
    """Rows of [CLS] text [SEP], cut wherever they are full."""
    tokens = _join(document)
    at = 0
    while at < len(tokens):
        # A single segment has one fewer special token.
        longest = config.max_seq_length - examples.NUM_SPECIAL_TOKENS + 1
        row = tokens[
            at : at + _draw_target(rng, longest, config.short_seq_prob)
        ]
        yield examples.Example(row, len(row))
        at += len(row)


def _whole_sentences(
    documents: Sequence[Document],
    number: int,
    rng: np.random.Generator,
    config: segments_config.SegmentsConfig,
) -> Iterator[examples.Example]:
    """Segments that begin and end where sentences do.

    Whole sentences are gathered while they fit into `max_seq_length - 3`
    tokens, and split at a sentence boundary drawn at random:

        sentences [1 2 3] [4 5] [6 7 8 9], at most 6 tokens
            first 1 2 3    second 4 5
            first 6 7 8 9  second -

    Google's builder gathers one more sentence and cuts the overflow, but
    cutting text at fixed lengths reveals the order (a segment that ends inside
    a sentence precedes the one that starts there), which a small model learns
    within 200 steps. A sentence too long for a row is cut into even parts
    first.

    A span of one sentence has no second segment and no question. Google takes
    text from another document there, which is next-sentence prediction, with
    more than half of the labels 1. For "nsp", half of the other spans get whole
    sentences from another document as their second segment, from a random
    sentence on, and their own second segment is gathered again. If the block
    has no other document, the sentences come from elsewhere in this one; if
    none that fit are found, the pair stays as it is.
    """
    longest = config.max_seq_length - examples.NUM_SPECIAL_TOKENS
    sentences = list(_fitting(documents[number], longest))
    at = 0
    while at < len(sentences):
        target = _draw_target(rng, longest, config.short_seq_prob)
        span = _gather(sentences, at, longest, target)
        if len(span) == 1:
            yield examples.Example(list(span[0]), len(span[0]))
            at += 1
            continue
        following, stop = at + int(rng.integers(1, len(span))), at + len(span)
        first = _join(sentences[at:following])
        second, order = _join(sentences[following:stop]), None
        if config.sentence_task == "nsp":
            order = 0
            if rng.random() < 0.5:
                left = longest - len(first), target - len(first)
                if len(documents) > 1:
                    other = _of_another(documents, number, rng, *left)
                else:
                    taken = range(at, following + 1)
                    other = _of_elsewhere(sentences, taken, rng, *left)
                if other:
                    second, order, stop = other, 1, following
        yield examples.Example(first + second, len(first), order)
        at = stop


def _of_another(
    documents: Sequence[Document],
    number: int,
    rng: np.random.Generator,
    room: int,
    target: int,
) -> list[int]:
    """Text from another document; empty if no attempt finds any that fits."""
    for _ in range(_TRIES):
        other = int(rng.integers(len(documents) - 1))
        document = documents[other + (other >= number)]
        if document:
            start = int(rng.integers(len(document)))
            if text := _join(_gather(document, start, room, target)):
                return text
    return []


def _of_elsewhere(
    sentences: Document,
    taken: range,
    rng: np.random.Generator,
    room: int,
    target: int,
) -> list[int]:
    """Text without the `taken` sentences; empty if no attempt finds any."""
    for _ in range(_TRIES):
        start = int(rng.integers(len(sentences)))
        found = _gather(sentences, start, room, target)
        if start + len(found) <= taken.start or start >= taken.stop:
            if text := _join(found):
                return text
    return []


def _gather(
    sentences: Document, start: int, room: int, target: int
) -> Document:
    """Sentences from `start` on that fit, until they have `target` tokens."""
    stop, length = start, 0
    while (
        stop < len(sentences)
        and length < target
        and length + len(sentences[stop]) <= room
    ):
        length += len(sentences[stop])
        stop += 1
    return sentences[start:stop]


def _join(sentences: Document) -> list[int]:
    return [token for sentence in sentences for token in sentence]


def _fitting(document: Document, longest: int) -> Iterator[Sequence[int]]:
    """The sentences that have tokens, with those too long for a row split."""
    for sentence in document:
        parts = -(-len(sentence) // longest)
        for part in range(parts):
            yield sentence[
                part * len(sentence) // parts : (part + 1)
                * len(sentence)
                // parts
            ]


def _draw_target(
    rng: np.random.Generator, longest: int, short_seq_prob: float
) -> int:
    if rng.random() < short_seq_prob:
        return int(rng.integers(2, longest + 1))
    return longest
