"""Questions on texts as windows of ids, with where each token came from.

The tokenizer says which characters of the context as it was given a token
stands for. So the answer's characters lead to its tokens, and the model's
tokens back to characters, without looking for one text in the other.
"""

import functools
from collections.abc import Iterator

import numpy as np

from data_pipeline.io import workers
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks.spans import windows as span_windows
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings

# Sequences for `span_answers`, not for the model.
DECODING_SEQUENCES = ("char_starts", "char_ends", "is_max_context")

# Characters of context; a tenth of a second's work.
_CHUNK = 200_000
# For fewer chunks, processes take longer to start than to do the work.
_WORTH_PROCESSES = 20

# First and last token of no answer.
_NOWHERE = (-1, -1)

_Numbered = tuple[int, examples_lib.SpanExample]


def encode(
    examples: list[examples_lib.SpanExample | None],
    tokenizer: tokenizers.Tokenizer,
    *,
    max_seq_length: int = 384,
    doc_stride: int = 128,
    max_query_length: int = 64,
    num_workers: int = 1,
    problems: problems_lib.Problems | None = None,
    path: str = "the data",
) -> features_lib.Features:
    """Makes windows [CLS] question [SEP] part of the context [SEP].

    The sequences are token_ids, segment_ids, span_mask (1 where an answer can
    be: [CLS], for none, and the context) and DECODING_SEQUENCES: the first
    character and the one behind the last that a token of the context stands
    for (-1 elsewhere), and whether this window has most of the context around
    the token. The labels are start_positions, end_positions and unanswerable
    [I]: tokens of the first answer, or 0, 0 and 1 where there is none or it is
    not wholly in the window; NO_LABEL in all three without labels.

    The number of workers does not show in what comes out.

    Args:
        examples: None is passed over; `example` of the features counts it.
        max_seq_length: tokens in a window, at most.
        doc_stride: tokens between the beginnings of two windows.
        max_query_length: pieces of a question; what is behind them is cut.
        num_workers: processes; a small set is done in this one.
        problems: for training. Takes the examples with an answer that no token
            stands for, such as a control character; they have no windows
            then. Otherwise they have windows without a label, so that there
            is a prediction.
        path: of the file, for `problems`.

    Raises:
        ValueError: a length is not positive or leaves no room for the
            context; or `problems` stops.
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
        lost = [number for _, numbers in parts for number in numbers]
        for number in lost:
            problems.add(
                path,
                f"question {examples[number].id}",
                "A token of the context must stand for a part of the answer.",
                examples[number].answers[0],
            )
        if lost:
            problems.close(path, len(examples))
    return features_lib.join([features for features, _ in parts])


def _check_lengths(max_seq_length, doc_stride, max_query_length) -> None:
    if min(doc_stride, max_query_length) < 1:
        raise ValueError(
            "--doc_stride and --max_query_length must be at least 1. Received: "
            f"{doc_stride} and {max_query_length}."
        )
    if max_seq_length < max_query_length + 4:
        raise ValueError(
            "A window must have room for the question, [CLS], two [SEP] and a "
            "token of the context. Received: "
            f"--max_seq_length={max_seq_length}, and "
            f"--max_query_length={max_query_length}. Take a "
            f"--max_query_length of at most {max_seq_length - 4}, such as "
            f"{max(1, max_seq_length // 4)}; questions are cut to it. Or, as "
            "far as the model has positions, a --max_seq_length of at least "
            f"{max_query_length + 4}."
        )


def _encode_chunks(numbered, tokenizer, how, num_workers):
    """(features, examples with an answer not covered) of every chunk."""
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
    """Cuts between contexts; what neighbours share is tokenized once."""
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
):
    return tokenizers.Tokenizer(vocabulary, settings)


def _encode_in_worker(vocabulary, settings, how, chunk):
    number, rows = chunk  # chunks come back in any order
    return number, _encode_chunk(_tokenizer(vocabulary, settings), how, rows)


def _encode_chunk(
    tokenizer: tokenizers.Tokenizer,
    how: dict[str, int],
    chunk: list[_Numbered],
) -> tuple[features_lib.Features, list[int]]:
    texts = list(dict.fromkeys(example.context for _, example in chunk))
    contexts = {text: i for i, text in enumerate(texts)}
    encoded = [tokenizer.encode_with_offsets(text) for text in texts]
    spans = [np.array(o, np.int64).reshape(-1, 2) for _, o in encoded]
    answers = {
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


def _questions(chunk, tokenizer, contexts, answers, how):
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
    example: examples_lib.SpanExample, spans: np.ndarray
) -> tuple[int, int] | None:
    """The first and the last token that overlap the first answer; _NOWHERE
    without an answer, None where no token overlaps it."""
    if not example.answers:
        return _NOWHERE
    begin, text = example.answers[0]
    # Beginnings ascend. Ends do, but for the space in what "´" becomes.
    starts, ends = spans[:, 0], np.maximum.accumulate(spans[:, 1])
    first = int(np.searchsorted(ends, begin, side="right"))
    last = int(np.searchsorted(starts, begin + len(text), side="left")) - 1
    return (first, last) if first <= last else None
