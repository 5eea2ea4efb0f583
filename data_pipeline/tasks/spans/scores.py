"""The best spans of each window, of what the model says about its tokens.

The plain head scores each token as the first of the answer and as the last.
The head that ALBERT has for SQuAD 2.0 names the K likeliest first tokens and,
for each of them, the E likeliest last ones. Source: google-research/albert,
squad_utils.accumulate_predictions_v1 and _v2.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np

from data_pipeline.tasks import item_features

# Bounds the memory: 2,048 windows with 420 pairs each take 30 MB.
_WINDOWS_AT_ONCE = 2048


@dataclasses.dataclass(frozen=True)
class Spans:
    """The P best spans of I windows, best first; [I, P].

    scores: float64; -inf where there is no further span.
    starts, ends: int32, the first character and the one behind the last.
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
    """Finds the spans that can be answers, `4 * n_best_size` of a window.

    They begin and end in the context, and begin where this window has most of
    the context around. With the plain head, pairs of the `n_best_size` best
    starts and ends are tried, and every such start as a span of one token, so
    that a window has a span wherever it can have one.

    Args:
        outputs: [I, S] start_logits and end_logits of the plain head; else
            start_log_probs and start_positions [I, K], and end_log_probs and
            end_positions [I, K, E].
        features: from span_features.encode; I windows of up to S tokens.
        max_answer_length: tokens.
    """
    parts = [
        _best_of_part(
            {name: values[items] for name, values in outputs.items()},
            *(
                _dense(features, name, items)
                for name in ("char_starts", "char_ends", "is_max_context")
            ),
            n_best_size,
            max_answer_length,
        )
        for items in _slices(len(features))
    ]
    names = [field.name for field in dataclasses.fields(Spans)]
    return Spans(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in names)
    )


def _slices(size: int) -> list[slice]:
    return [
        slice(begin, min(begin + _WINDOWS_AT_ONCE, size))
        for begin in range(0, max(size, 1), _WINDOWS_AT_ONCE)
    ]


def _dense(
    features: item_features.Features, name: str, items: slice
) -> np.ndarray:
    """[windows, longest]; -1 behind the end."""
    splits = features.row_splits[items.start : items.stop + 1]
    lengths = np.diff(splits)
    inside = np.arange(lengths.max(initial=1)) < lengths[:, None]
    dense = np.full(inside.shape, -1, np.int32)
    dense[inside] = features.sequences[name][splits[0] : splits[-1]]
    return dense


def _best_of_part(
    outputs, starts, ends, is_max, n_best_size, max_answer_length
) -> Spans:
    can_start, can_end = is_max > 0, starts >= 0
    if "start_logits" in outputs:
        pairs = _plain_pairs(outputs, can_start, can_end, n_best_size)
    else:
        pairs = _conditional_pairs(outputs)
    first, last, scores = (pair.reshape(len(starts), -1) for pair in pairs)
    # Where the context has fewer tokens than the beam, it names others, too.
    valid = (first <= last) & (last < starts.shape[1])
    first, last = np.where(valid, first, 0), np.where(valid, last, 0)
    valid &= last - first < max_answer_length
    valid &= np.take_along_axis(can_start, first, 1)
    valid &= np.take_along_axis(can_end, last, 1)
    scores = np.where(valid, scores, -np.inf)
    # A text that occurs twice counts once: more than are asked for.
    best = _best_indices(scores, 4 * n_best_size)
    first, last = (np.take_along_axis(x, best, 1) for x in (first, last))
    return Spans(
        np.take_along_axis(scores, best, 1),
        np.take_along_axis(starts, first, 1),
        np.take_along_axis(ends, last, 1),
    )


def _plain_pairs(outputs, can_start, can_end, n_best_size):
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


def _conditional_pairs(outputs):
    """First tokens, last tokens and scores, [windows, K, E]."""
    last = outputs["end_positions"]
    first = np.broadcast_to(outputs["start_positions"][:, :, None], last.shape)
    starts = outputs["start_log_probs"][:, :, None].astype(np.float64)
    return first, last, starts + outputs["end_log_probs"]


def _best_indices(scores: np.ndarray, count: int) -> np.ndarray:
    """The best of each row, best first; of equals the first is first."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
