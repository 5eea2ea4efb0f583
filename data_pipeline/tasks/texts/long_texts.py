"""Rows of texts that may be longer than a row: cut, or read in windows.

    cut        the first pieces of each text
    head_tail  the first and the last pieces of each text
    windows    several rows, which overlap, for the whole text

Source of head_tail: Sun et al. 2019, "How to Fine-Tune BERT for Text
    Classification?", which keeps 128 + 382 of 510 pieces.
Source of windows: Devlin et al. 2019, "BERT", for questions on texts.
"""

from collections.abc import Sequence
from typing import NamedTuple

CUT, HEAD_TAIL, WINDOWS = CHOICES = ("cut", "head_tail", "windows")
# What head_tail keeps from the start of a text, of all that it keeps.
HEAD_PART = 4

Ids = list[int]
# A text or a pair.
Parts = tuple[Ids, Ids | None]


class Reading(NamedTuple):
    """The rows of a text or a pair.

    Attributes:
        rows: the parts that each row holds.
        is_cut: whether some pieces are in no row.
    """

    rows: list[Parts]
    is_cut: bool


def read(
    parts: Parts,
    max_seq_length: int,
    long_texts: str = CUT,
    doc_stride: int = 1,
    max_windows: int = 1,
) -> Reading:
    """Divides a text or a pair into rows.

    Args:
        parts: the ids of the text, or of both texts.
        max_seq_length: S, with [CLS] and [SEP].
        long_texts: one of `CHOICES`.
        doc_stride, max_windows: as in `windows`.
    """
    if long_texts == WINDOWS:
        return windows(parts, max_seq_length, doc_stride, max_windows)
    kept = cut(parts, max_seq_length)
    is_cut = _count(kept) < _count(parts)
    if long_texts == HEAD_TAIL:
        kept = _ends(parts, kept)
    return Reading([kept], is_cut)


def cut(parts: Parts, max_seq_length: int) -> Parts:
    """Truncates a text or a pair, so that it fits with its special tokens.

    Equivalent to removing the last token of the longer text, the second one if
    they have the same length, until the pair fits.

        lengths 5 and 3, max_seq_length 8, 3 special tokens -> lengths 3 and 2
    """
    first, second = parts
    if second is None:
        return first[: max_seq_length - 2], None
    room = max_seq_length - 3
    # If both are longer than half of the room, each gets half, the first one
    # the odd token; a shorter one is not truncated.
    most_of_second = max(room // 2, room - len(first))
    second = second[:most_of_second]
    return first[: room - len(second)], second


def head_tail(ids: Sequence[int], size: int) -> Ids:
    """The first quarter of `size` ids, and the rest of them from the end."""
    if len(ids) <= size:
        return [*ids]
    head = size // HEAD_PART
    return [*ids[:head], *ids[len(ids) - (size - head) :]]


def windows(
    parts: Parts, max_seq_length: int, doc_stride: int, max_windows: int
) -> Reading:
    """Windows on a text, or on the longer text of a pair.

    A pair's shorter text is in each row, at most half a row of it. If both have
    the same length, the windows are on the second one.

        ids 1 to 7, max_seq_length 6, doc_stride 2
            -> 1 2 3 4, 3 4 5 6, 5 6 7

    Args:
        parts: the ids of the text, or of both texts.
        max_seq_length: S, with [CLS] and [SEP].
        doc_stride: pieces from the start of a window to that of the next; in
            rows with less room, as many as they hold.
        max_windows: the most windows; what is behind the last is in no row.
    """
    first, second = parts
    room = max_seq_length - (2 if second is None else 3)
    is_first = second is None or len(first) > len(second)
    longer, other = (first, second) if is_first else (second, first)
    assert longer is not None
    kept = None if other is None else other[: room // 2]
    space = room - len(kept or ())
    step = min(space, doc_stride)
    wanted = 1 + -(-max(len(longer) - space, 0) // step)
    rows: list[Parts] = []
    for begin in range(0, min(wanted, max_windows) * step, step):
        window = longer[begin : begin + space]
        rows.append((window, kept) if is_first else (kept or [], window))
    is_cut = wanted > max_windows or len(kept or ()) < len(other or ())
    return Reading(rows, is_cut)


def _ends(parts: Parts, kept: Parts) -> Parts:
    """Both ends of each part, as many pieces as were kept."""
    (first, second), (of_first, of_second) = parts, kept
    ends = head_tail(first, len(of_first))
    if second is None or of_second is None:
        return ends, None
    return ends, head_tail(second, len(of_second))


def _count(parts: Parts) -> int:
    first, second = parts
    return len(first) + len(second or ())
