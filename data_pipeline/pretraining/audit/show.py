"""Renders rows as readable text, with masks and segments marked."""

from collections.abc import Sequence

from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.text import tokenizers

# Terminal escape codes: what a masked token became, and names of segments.
_COLORS = {"MASK": "33", "KEPT": "32", "RANDOM": "31", "": "1;36"}

# The meanings of labels 0 and 1, by sentence task. google: records masked on
# disk, which do not say their task. none: there should be no label.
LABELS = {
    "sop": ("in order", "swapped"),
    "nsp": ("the next", "random next"),
    "google": ("in order", "swapped or random next"),
    "none": ("label 0", "label 1"),
}


def label(order: int, sentence_task: str, fixed: bool) -> str:
    """The label in words, such as "in order" or "swapped".

    Args:
        order: 0, 1 or -1.
        sentence_task: one of LABELS.
        fixed: whether the label was fixed when the record was made. Under sop,
            a fixed 1 means a second segment from another document.
    """
    if order < 0:
        return "no question"
    if sentence_task == "sop" and order == 1 and fixed:
        return "random next"
    return LABELS[sentence_task][order]


def render(
    row: masked_rows.Row,
    tokenizer: tokenizers.Tokenizer,
    *,
    title: str,
    width: int = 100,
    color: bool = False,
) -> str:
    """Renders a row as lines of text.

        title: 9 tokens, 2 masked (22.2%)
        first   a quiet [MASK:reader] takes
        second  to the [RANDOM:window>boat] .

    A masked token is shown as [MASK:old], a kept one as [KEPT:old] and a random
    one as [RANDOM:old>new]. Pieces that continue a word follow without a space.

    Args:
        row: the row.
        tokenizer: the tokenizer that made it.
        title: a title, for example the label.
        width: maximum number of characters in a line.
        color: whether to use terminal escape codes.
    """
    masked = len(row.positions)
    lines = [
        f"{title}: {len(row.tokens)} tokens, {masked} masked "
        f"({masked / len(row.tokens):.1%})"
    ]
    hidden = set(row.positions)
    parts = [("first", range(1, row.first - 1))]
    if row.first < len(row.tokens):
        parts.append(("second", range(row.first, len(row.tokens) - 1)))
    for name, places in parts:
        words: list[list[tuple[str, str]]] = []  # (text, kind) of each piece
        for place in places:
            piece = tokenizer.pieces[row.tokens[place]]
            starts, text = _written(piece, tokenizer)
            kind = ""
            if place in hidden:
                kind, text = _mark(row, place, text, tokenizer)
            if starts or not words:
                words.append([])
            words[-1].append((text, kind))
        lines += _wrap(name, words, width, color)
    return "\n".join(lines)


def _written(piece: str, tokenizer: tokenizers.Tokenizer) -> tuple[bool, str]:
    """Whether a space precedes a piece, and its text."""
    if tokenizer.settings.kind == "wordpiece":
        return not piece.startswith("##"), piece.removeprefix("##")
    return piece.startswith("▁"), piece.removeprefix("▁")


def _mark(
    row: masked_rows.Row,
    place: int,
    old: str,
    tokenizer: tokenizers.Tokenizer,
) -> tuple[str, str]:
    new = row.masked[place]
    old = old or tokenizer.pieces[row.tokens[place]]  # a "▁" of its own
    if new == tokenizer.mask_id:
        return "MASK", f"[MASK:{old}]"
    if new == row.tokens[place]:
        return "KEPT", f"[KEPT:{old}]"
    _, text = _written(tokenizer.pieces[new], tokenizer)
    return "RANDOM", f"[RANDOM:{old}>{text}]"


def _wrap(
    name: str,
    words: Sequence[Sequence[tuple[str, str]]],
    width: int,
    color: bool,
) -> list[str]:
    """Wraps words into lines after a name; colors take no width."""
    margin = 8
    lines: list[str] = []
    head = _paint(f"{name:<{margin}}", "", color)
    line, used = head, margin
    for word in words:
        size = sum(len(text) for text, _ in word)
        if used > margin and used + size > width:
            lines.append(line.rstrip())
            line, used = " " * margin, margin
        line += "".join(
            _paint(text, kind, color and bool(kind)) for text, kind in word
        )
        line += " "
        used += size + 1
    return [*lines, line.rstrip()]


def _paint(text: str, kind: str, color: bool) -> str:
    return f"\033[{_COLORS[kind]}m{text}\033[0m" if color else text
