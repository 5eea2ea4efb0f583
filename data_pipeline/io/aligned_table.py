"""Small tables for a terminal, with aligned columns and long texts cut."""

import unicodedata
from collections.abc import Sequence

_GAP = "  "


def text(
    header: Sequence[str], rows: Sequence[Sequence[str]], longest: int = 40
) -> str:
    """Renders a table as lines of text.

    Columns are aligned to the left, those of numbers to the right.

    Args:
        longest: maximum width of a cell, in columns of the terminal.
    """
    cells = [[_cut(cell, longest) for cell in row] for row in [header, *rows]]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    to_right = [
        all(map(_is_number, column)) and bool(column)
        for column in zip(*cells[1:], strict=True)
    ] or [False] * len(header)
    lines = []
    for row in cells:
        padded = []
        for cell, width, right in zip(row, widths, to_right, strict=True):
            space = " " * (width - _width(cell))
            padded.append(space + cell if right else cell + space)
        lines.append(_GAP.join(padded).rstrip())
    return "\n".join(lines)


def _cut(cell: str, longest: int) -> str:
    """The text without line ends and control characters, cut if too wide."""
    cell = " ".join(cell.split())
    cell = "".join(c for c in cell if unicodedata.category(c)[0] != "C")
    if _width(cell) <= longest:
        return cell
    while _width(cell) > longest - 1:
        cell = cell[: min(len(cell) - 1, longest)]
    return cell + "…"


def _width(cell: str) -> int:
    """The width of a text in columns of a terminal: a Chinese character takes
    two, an accent takes none."""
    return sum(
        0
        if unicodedata.combining(char)
        else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in cell
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell
    return True
