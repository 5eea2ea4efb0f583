"""Lays tokenized questions and contexts out as windows, many at once.

    context   t0 t1 t2 t3 t4 t5 t6       max_seq_length 8, doc_stride 2
    window 0  [CLS] q0 [SEP] t0 t1 t2 t3 [SEP]
    window 1  [CLS] q0 [SEP] t2 t3 t4 t5 [SEP]
    window 2  [CLS] q0 [SEP] t4 t5 t6 [SEP]

Each context token is scored in the window with the most context on both sides
of it: t3 in window 1, which has t2 before it and t4, t5 after it. Source:
google-research/albert, squad_utils.convert_examples_to_features.
"""

import dataclasses

import numpy as np

from data_pipeline.tasks import item_features

# Character offset of tokens outside the context.
NO_CHARACTER = -1


@dataclasses.dataclass(frozen=True)
class Ragged:
    """Concatenated lists: list i is values[splits[i]:splits[i + 1]].

    values, splits: int64.
    """

    values: np.ndarray
    splits: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.splits)


def ragged(lists: list[list[int]]) -> Ragged:
    """Concatenates lists."""
    splits = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(row) for row in lists], out=splits[1:])
    values = np.fromiter(
        (value for row in lists for value in row), np.int64, splits[-1]
    )
    return Ragged(values, splits)


@dataclasses.dataclass(frozen=True)
class Questions:
    """Q questions on contexts.

    ids: the pieces of each question, already cut to length.
    context: int64 [Q], the number of each question's context.
    example: int64 [Q], the number of each question's example.
    first, last: int64 [Q], the first and last context token of the answer; -1
        if there is no answer.
    labelled: bool [Q], whether the answer is known.
    """

    ids: Ragged
    context: np.ndarray
    example: np.ndarray
    first: np.ndarray
    last: np.ndarray
    labelled: np.ndarray


def lay_out(
    questions: Questions,
    contexts: Ragged,
    spans: np.ndarray,
    *,
    max_seq_length: int,
    doc_stride: int,
    cls_id: int,
    sep_id: int,
) -> item_features.Features:
    """Makes the windows of all questions, in order.

    A context without tokens has one window.

    Args:
        questions: the questions.
        contexts: the pieces of every context.
        spans: int64 [tokens of all contexts, 2], the first character of each
            token and the character after its last.
        max_seq_length: maximum number of tokens in a window, at least 4 more
            than in any question.
        doc_stride: distance in tokens between the starts of two windows, at
            least 1.
        cls_id, sep_id: the ids of [CLS] and [SEP].
    Returns:
        Features as described in span_features.encode.
    """
    query = questions.ids.lengths
    total = contexts.lengths[questions.context]
    room = max_seq_length - query - 3  # for [CLS] and two [SEP]
    # With little room for context, a larger step would leave gaps.
    step = np.minimum(room, doc_stride)
    count = 1 + -(-np.maximum(total - room, 0) // step)

    # By window: its question, its number there, and its part of the context.
    of = np.repeat(np.arange(len(query)), count)
    window = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    begin = window * step[of]
    size = np.minimum(room[of], total[of] - begin)
    length = size + query[of] + 3
    splits = np.concatenate([[0], np.cumsum(length)])

    # By token: its window, its position there, and in the part of the context.
    row = np.repeat(np.arange(len(of)), length)
    place = np.arange(splits[-1]) - splits[row]
    part = place - (query[of] + 2)[row]
    in_query = (place > 0) & (part < -1)
    in_context = (part >= 0) & (part < size[row])

    token_ids = np.full(len(row), sep_id, np.int32)
    token_ids[splits[:-1]] = cls_id
    source = (questions.ids.splits[of] - 1)[row] + place
    token_ids[in_query] = questions.ids.values[source[in_query]]
    source = contexts.splits[questions.context[of]] + begin
    source = (source[row] + part)[in_context]
    token_ids[in_context] = contexts.values[source]
    characters = np.full((2, len(row)), NO_CHARACTER, np.int32)
    characters[:, in_context] = spans[source].T

    is_max = in_context.copy()
    several = np.flatnonzero(in_context & (count[of] > 1)[row])
    mine = row[several]
    is_max[several] = window[mine] == _best_window(
        begin[mine] + part[several],
        total=total[of[mine]],
        room=room[of[mine]],
        step=step[of[mine]],
        count=count[of[mine]],
    )
    return item_features.Features(
        splits,
        {
            "token_ids": token_ids,
            "segment_ids": (part >= 0).astype(np.int32),
            "span_mask": (in_context | (place == 0)).astype(np.int32),
            "char_starts": characters[0],
            "char_ends": characters[1],
            "is_max_context": is_max.astype(np.int32),
        },
        _labels(questions, of, begin, size, query[of] + 2),
        questions.example[of].astype(np.int32),
    )


def _best_window(
    token: np.ndarray,
    total: np.ndarray,
    room: np.ndarray,
    step: np.ndarray,
    count: np.ndarray,
) -> np.ndarray:
    """The number of the window in which a token has the most context around it.

    All windows but the last have equal length, so the best is one of the two
    whose middles are next to the token, or the last. Only these three are
    compared, so the time for a token does not grow with the context.

    Args:
        token: position of each token in its context.
        total, room, step, count: by token: length of the context, context
            tokens in a window, distance between windows, number of windows.
    """
    middle = (2 * token - (room - 1)) // (2 * step)
    candidates = np.stack(
        [
            np.clip(middle, 0, count - 2),
            np.clip(middle + 1, 0, count - 2),
            count - 1,
        ]
    )
    begin = candidates * step
    size = np.minimum(room, total - begin)
    around = np.minimum(token - begin, begin + size - 1 - token)
    # Google's arithmetic, so that ties are the same; the first window wins.
    score = np.where(around < 0, -np.inf, around + 0.01 * size)
    return np.take_along_axis(candidates, score.argmax(axis=0)[None], 0)[0]


def _labels(
    questions: Questions,
    of: np.ndarray,
    begin: np.ndarray,
    size: np.ndarray,
    offset: np.ndarray,
) -> dict[str, np.ndarray]:
    """The answer's position in each window; [CLS] if not all of it is there.

    Args:
        questions: the questions.
        of: the question of each window.
        begin, size: the window's part of the context, in tokens.
        offset: the number of tokens before that part.
    """
    first = questions.first[of] - begin
    last = questions.last[of] - begin
    inside = (questions.first[of] >= 0) & (first >= 0) & (last < size)
    labels = {
        "start_positions": np.where(inside, first + offset, 0),
        "end_positions": np.where(inside, last + offset, 0),
        "unanswerable": ~inside,
    }
    return {
        name: np.where(
            questions.labelled[of], values, item_features.NO_LABEL
        ).astype(np.int32)
        for name, values in labels.items()
    }
