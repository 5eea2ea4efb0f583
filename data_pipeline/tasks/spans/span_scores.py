"""The best spans of each window, from the model's scores of its tokens.

The plain head scores each token as the start and as the end of the answer.
ALBERT's head for SQuAD 2.0 gives the K most likely starts and, for each of
them, the E most likely ends. Source: google-research/albert,
squad_utils.accumulate_predictions_v1 and _v2.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from data_pipeline.tasks import item_features

# Bounds memory use: 2,048 windows with 420 pairs each take 30 MB.
_WINDOWS_AT_ONCE = 2048


@dataclasses.dataclass(frozen=True)
class Spans:
    """The P best spans of each of I windows, best first; arrays [I, P].

    scores: float64; -inf in slots without a span.
    starts, ends: int32, the first character and the character after the last.
    """

    scores: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def best_spans(
    outputs: Mapping[str, np.ndarray],
    features: item_features.Features,
    n_best_size: int,
    max_answer_length: int,
) -> Spans:
    """Finds possible answers, up to `4 * n_best_size` in each window.

    They start and end in the context, and start at a token that has the most
    context in this window. The plain head's candidates are all pairs of its
    `n_best_size` best starts and ends, and each of these starts as a span of
    one token, so that every window that can have a span has one.

    Args:
        outputs: start_logits and end_logits [I, S] of the plain head; or
            start_log_probs and start_positions [I, K], and end_log_probs and
            end_positions [I, K, E].
        features: encoded by span_features.encode; I windows of up to S tokens.
        n_best_size: number of starts and ends that are combined.
        max_answer_length: maximum number of tokens in a span.
    """
    found = [
        _best_of_windows(
            {name: values[items] for name, values in outputs.items()},
            _dense(features, "char_starts", items),
            _dense(features, "char_ends", items),
            is_max=_dense(features, "is_max_context", items),
            n_best_size=n_best_size,
            max_answer_length=max_answer_length,
        )
        for items in _slices(len(features))
    ]
    return Spans(
        scores=np.concatenate([spans.scores for spans in found]),
        starts=np.concatenate([spans.starts for spans in found]),
        ends=np.concatenate([spans.ends for spans in found]),
    )


def _slices(size: int) -> list[slice]:
    return [
        slice(begin, min(begin + _WINDOWS_AT_ONCE, size))
        for begin in range(0, max(size, 1), _WINDOWS_AT_ONCE)
    ]


def _dense(
    features: item_features.Features, name: str, items: slice
) -> np.ndarray:
    """int32 [windows, longest window]; -1 after the end of a window."""
    splits = features.row_splits[items.start : items.stop + 1]
    lengths = np.diff(splits)
    inside = np.arange(lengths.max(initial=1)) < lengths[:, None]
    dense = np.full(inside.shape, -1, np.int32)
    dense[inside] = features.sequences[name][splits[0] : splits[-1]]
    return dense


def _best_of_windows(
    outputs: Mapping[str, np.ndarray],
    starts: np.ndarray,
    ends: np.ndarray,
    *,
    is_max: np.ndarray,
    n_best_size: int,
    max_answer_length: int,
) -> Spans:
    can_start, can_end = is_max > 0, starts >= 0
    if "start_logits" in outputs:
        pairs = _plain_pairs(outputs, can_start, can_end, n_best_size)
    else:
        pairs = _conditional_pairs(outputs)
    first, last, scores = (pair.reshape(len(starts), -1) for pair in pairs)
    # If the context has fewer tokens than the beam, the beam includes others.
    valid = (first <= last) & (last < starts.shape[1])
    first, last = np.where(valid, first, 0), np.where(valid, last, 0)
    valid &= last - first < max_answer_length
    valid &= np.take_along_axis(can_start, first, 1)
    valid &= np.take_along_axis(can_end, last, 1)
    scores = np.where(valid, scores, -np.inf)
    # More than requested, since a text that occurs twice counts once.
    best = _best_indices(scores, 4 * n_best_size)
    first, last = (np.take_along_axis(x, best, 1) for x in (first, last))
    return Spans(
        np.take_along_axis(scores, best, 1),
        np.take_along_axis(starts, first, 1),
        np.take_along_axis(ends, last, 1),
    )


def _plain_pairs(
    outputs: Mapping[str, np.ndarray],
    can_start: np.ndarray,
    can_end: np.ndarray,
    n_best_size: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First tokens, last tokens and scores, [windows, N, N + 1]."""
    width = can_start.shape[1]
    start_logits = outputs["start_logits"][:, :width].astype(np.float64)
    end_logits = outputs["end_logits"][:, :width].astype(np.float64)
    first = _best_indices(
        np.where(can_start, start_logits, -np.inf), n_best_size
    )
    last = _best_indices(np.where(can_end, end_logits, -np.inf), n_best_size)
    last = np.concatenate(
        [np.repeat(last[:, None], first.shape[1], axis=1), first[:, :, None]],
        axis=2,
    )
    first = np.broadcast_to(first[:, :, None], last.shape)
    rows = np.arange(len(first))[:, None, None]
    return first, last, start_logits[rows, first] + end_logits[rows, last]


def _conditional_pairs(
    outputs: Mapping[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First tokens, last tokens and scores, [windows, K, E]."""
    last = outputs["end_positions"]
    first = np.broadcast_to(outputs["start_positions"][:, :, None], last.shape)
    starts = outputs["start_log_probs"][:, :, None].astype(np.float64)
    return first, last, starts + outputs["end_log_probs"]


def _best_indices(scores: np.ndarray, count: int) -> np.ndarray:
    """The indices of each row's best scores, best first; ties in order."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
