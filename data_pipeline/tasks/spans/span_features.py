"""Encodes questions and contexts as windows of ids with character offsets.

The tokenizer reports which characters of the original context each token
covers. Offsets map an answer's characters to tokens, and predicted tokens back
to characters, without searching for one text in the other.
"""

import functools
from collections.abc import Iterator

import numpy as np

from data_pipeline.io import workers
from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import span_windows
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings

# Sequences that decode answers; the model does not read them.
DECODING_SEQUENCES = ("char_starts", "char_ends", "is_max_context")

# Characters of context in a chunk, about 0.1 s of work.
_CHUNK = 200_000
# With fewer chunks, starting processes takes longer than the work itself.
_WORTH_PROCESSES = 20

# First and last token of a missing answer.
_NOWHERE = (-1, -1)

_Numbered = tuple[int, example_types.SpanExample]
# The features of a chunk, and the numbers of its lost examples: those whose
# answer no token overlaps.
_Chunk = tuple[item_features.Features, list[int]]
# First and last token of the answers, by number of the example.
_Answers = dict[int, tuple[int, int] | None]


def encode(
    examples: list[example_types.SpanExample | None],
    tokenizer: tokenizers.Tokenizer,
    *,
    max_seq_length: int = 384,
    doc_stride: int = 128,
    max_query_length: int = 64,
    num_workers: int = 1,
    problems: row_problems.Problems | None = None,
    path: str = "the data",
) -> item_features.Features:
    """Makes windows [CLS] question [SEP] part of the context [SEP].

    Args:
        examples: None is skipped, but counts in `Features.example`.
        tokenizer: the model's tokenizer.
        max_seq_length: maximum number of tokens in a window.
        doc_stride: distance in tokens between the starts of two windows.
        max_query_length: maximum number of pieces in a question; the rest is
            cut off.
        num_workers: number of processes; small data is encoded in this one.
            The result does not depend on it.
        problems: for training: collects examples whose answer no token
            covers, such as a control character, and leaves them out. With
            None, such examples have windows without labels, so that they get
            predictions.
        path: path of the file, for messages of `problems`.

    Returns:
        Features with the sequences token_ids, segment_ids, span_mask (1 where
        an answer can start or end: at [CLS], for no answer, and in the
        context) and DECODING_SEQUENCES: the first character that a token of
        the context covers and the character after the last, -1 elsewhere; and
        whether this window has the most context around the token. The labels
        are start_positions, end_positions and unanswerable, int32 [I]: the
        tokens of the first answer and 0; or 0, 0 and 1 if there is no answer
        or the window does not contain all of it; NO_LABEL in all three for
        unlabeled examples.

    Raises:
        ValueError: a length is not positive or leaves no room for the
            context; or `problems` stops at an example.
    """
    _check_lengths(max_seq_length, doc_stride, max_query_length)
    numbered = [(i, e) for i, e in enumerate(examples) if e is not None]
    parts = _encode_chunks(
        numbered,
        tokenizer,
        {
            "max_seq_length": max_seq_length,
            "doc_stride": doc_stride,
            "max_query_length": max_query_length,
            "leave_out_lost": problems is not None,
        },
        num_workers,
    )
    if problems is not None:
        lost = {number for _, numbers in parts for number in numbers}
        for number, example in numbered:
            if number in lost and example.answers:
                problems.add(
                    path,
                    f"question {example.id}",
                    "Some token of the context must cover part of the answer.",
                    example.answers[0],
                )
        if lost:
            problems.close(path, len(examples))
    return item_features.join([features for features, _ in parts])


def _check_lengths(
    max_seq_length: int, doc_stride: int, max_query_length: int
) -> None:
    if min(doc_stride, max_query_length) < 1:
        raise ValueError(
            "--doc_stride and --max_query_length must be at least 1. Received: "
            f"{doc_stride} and {max_query_length}."
        )
    if max_seq_length < max_query_length + 4:
        raise ValueError(
            "A window must have room for the question, [CLS], two [SEP] and a "
            "token of the context. Received: "
            f"--max_seq_length={max_seq_length} and "
            f"--max_query_length={max_query_length}. Use a "
            f"--max_query_length of at most {max_seq_length - 4}, such as "
            f"{max(1, max_seq_length // 4)} (longer questions are cut), or, if "
            "the model has enough positions, a --max_seq_length of at least "
            f"{max_query_length + 4}."
        )


def _encode_chunks(
    numbered: list[_Numbered],
    tokenizer: tokenizers.Tokenizer,
    how: dict[str, int],
    num_workers: int,
) -> list[_Chunk]:
    chunks = list(_chunks(numbered)) or [[]]
    if num_workers == 1 or len(chunks) < _WORTH_PROCESSES:
        return [_encode_chunk(tokenizer, how, chunk) for chunk in chunks]
    task = functools.partial(
        _encode_in_worker, tokenizer.vocabulary, tokenizer.settings, how
    )
    with workers.pool(num_workers) as run:
        made = dict(run(task, enumerate(chunks)))
    return [made[i] for i in range(len(chunks))]


def _chunks(numbered: list[_Numbered]) -> Iterator[list[_Numbered]]:
    """Cuts between contexts: neighbors share one, which is tokenized once."""
    chunk: list[_Numbered] = []
    size = 0
    for number, example in numbered:
        if not chunk or example.context != chunk[-1][1].context:
            if size >= _CHUNK:
                yield chunk
                chunk, size = [], 0
            size += len(example.context)
        chunk.append((number, example))
    if chunk:
        yield chunk


@functools.lru_cache(maxsize=1)
def _tokenizer(
    vocabulary: bytes, settings: tokenizer_settings.TokenizerSettings
) -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer(vocabulary, settings)


def _encode_in_worker(
    vocabulary: bytes,
    settings: tokenizer_settings.TokenizerSettings,
    how: dict[str, int],
    chunk: tuple[int, list[_Numbered]],
) -> tuple[int, _Chunk]:
    number, rows = chunk  # chunks come back in any order
    return number, _encode_chunk(_tokenizer(vocabulary, settings), how, rows)


def _encode_chunk(
    tokenizer: tokenizers.Tokenizer,
    how: dict[str, int],
    chunk: list[_Numbered],
) -> _Chunk:
    texts = list(dict.fromkeys(example.context for _, example in chunk))
    contexts = {text: i for i, text in enumerate(texts)}
    encoded = [tokenizer.encode_with_offsets(text) for text in texts]
    spans = [np.array(o, np.int64).reshape(-1, 2) for _, o in encoded]
    answers: _Answers = {
        number: _answer_tokens(example, spans[contexts[example.context]])
        for number, example in chunk
    }
    lost = [number for number, tokens in answers.items() if tokens is None]
    if how["leave_out_lost"]:
        chunk = [(n, e) for n, e in chunk if answers[n] is not None]
    features = span_windows.lay_out(
        _questions(chunk, tokenizer, contexts, answers, how),
        span_windows.ragged([ids for ids, _ in encoded]),
        np.concatenate([np.zeros((0, 2), np.int64), *spans]),
        max_seq_length=how["max_seq_length"],
        doc_stride=how["doc_stride"],
        cls_id=tokenizer.cls_id,
        sep_id=tokenizer.sep_id,
    )
    return features, lost


def _questions(
    chunk: list[_Numbered],
    tokenizer: tokenizers.Tokenizer,
    contexts: dict[str, int],
    answers: _Answers,
    how: dict[str, int],
) -> span_windows.Questions:
    ids = [
        tokenizer.encode(example.question)[: how["max_query_length"]]
        for _, example in chunk
    ]
    tokens = np.array([answers[n] or _NOWHERE for n, _ in chunk], np.int64)
    first, last = tokens.reshape(-1, 2).T
    return span_windows.Questions(
        span_windows.ragged(ids),
        np.array([contexts[example.context] for _, example in chunk], np.int64),
        np.array([number for number, _ in chunk], np.int64),
        first,
        last,
        np.array(
            [
                example.answers is not None and answers[number] is not None
                for number, example in chunk
            ],
            bool,
        ),
    )


def _answer_tokens(
    example: example_types.SpanExample, spans: np.ndarray
) -> tuple[int, int] | None:
    """The first and last token that overlap the first answer; _NOWHERE if
    there is no answer, None if no token overlaps it."""
    if not example.answers:
        return _NOWHERE
    begin, text = example.answers[0]
    # Starts ascend. So do ends, except for the space in the expansion of "´".
    starts, ends = spans[:, 0], np.maximum.accumulate(spans[:, 1])
    first = int(np.searchsorted(ends, begin, side="right"))
    last = int(np.searchsorted(starts, begin + len(text), side="left")) - 1
    return (first, last) if first <= last else None
